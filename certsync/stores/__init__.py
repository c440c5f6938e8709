"""Where a workbook lives: one protocol, and a store for each kind of place."""
