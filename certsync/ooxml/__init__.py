"""A lossless patcher for .xlsx files: bytes in, bytes out, nothing else changes."""
