"""The decision, as plain data in and plain data out: no AWS, clock, environment or logger here."""
