"""The watch: looks at Root every few seconds, and wakes the guard if something there is not as accepted."""
