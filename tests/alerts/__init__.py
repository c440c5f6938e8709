"""What is due, what is sent, and what the ledger remembers."""
