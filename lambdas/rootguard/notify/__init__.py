"""From what happened to a page in words, and to each channel."""
