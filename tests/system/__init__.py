"""The program as people run it: commands, the service, the README, real servers."""
