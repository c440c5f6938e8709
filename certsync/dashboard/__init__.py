"""The tab coordinators read: one Layout value, and a renderer for each kind of workbook."""
