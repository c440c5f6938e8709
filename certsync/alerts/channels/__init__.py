"""The ways a message leaves: one protocol, and a channel for each of them."""
