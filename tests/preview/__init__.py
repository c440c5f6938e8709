"""Tests of the messages somebody looks at before they are sent."""
