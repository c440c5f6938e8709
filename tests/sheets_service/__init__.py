"""A Google Sheets service on loopback that the unmodified gspread client talks to."""
