"""`rootguard doctor`: what is broken, or would break, and the command that fixes it."""
