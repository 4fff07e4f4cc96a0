"""`rootguard incident`: incidents listed, told, and drafted as a post-mortem."""
