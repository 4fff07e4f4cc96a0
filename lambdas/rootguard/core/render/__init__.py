"""What happened, in the words of each channel. Every form says the same, in the same order."""
