"""Why an alert was sent or not: each tier of a certification with its state, reason and day."""
