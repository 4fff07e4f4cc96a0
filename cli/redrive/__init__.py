"""`rootguard redrive`: dead letters, shown and delivered again."""
