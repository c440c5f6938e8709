"""Tests of `certsync why`."""
