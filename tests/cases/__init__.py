"""Trackers as people keep them, and what certsync has to make of them."""
