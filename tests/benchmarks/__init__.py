"""Speed and memory, run on request and beside what a user would do instead."""
