"""`rootguard incident`: incidents listed, shown, and drafted as a post-mortem."""
