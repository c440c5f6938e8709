"""Our tabs as values: how they are found and read, what is wrong, what changes."""
