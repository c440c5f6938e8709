"""Tests of what belongs to one store alone; what all share lies in tests/contracts."""
