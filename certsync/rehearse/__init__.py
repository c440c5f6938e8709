"""The coming days played in advance: every message that runs would send, and none of them sent."""
