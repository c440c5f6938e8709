"""Tests of the tabs as values: finding, reading, checking."""
