"""Tests of `certsync rehearse`."""
