"""certsync watches the certification dates in an agency's workbook and says what they endanger."""

__version__ = "0.1.0"
