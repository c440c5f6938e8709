"""One class of tests a protocol, run over every back end."""
