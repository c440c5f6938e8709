"""Frames in, frames out: expiry, compliance and pursuits. No clock, no disk, no network."""
