"""Tests of certsync.compute, on rows as plain values."""
