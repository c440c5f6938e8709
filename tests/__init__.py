"""The tests of certsync, laid out as the package is."""
