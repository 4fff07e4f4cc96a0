"""The words of each kind of page."""
