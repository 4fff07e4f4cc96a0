"""`rootguard exception`: exceptions granted, listed and revoked."""
