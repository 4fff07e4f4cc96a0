"""`rootguard isolate`, `release` and `isolated`: accounts go into quarantine and come back."""
