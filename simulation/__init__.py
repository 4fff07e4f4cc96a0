"""A simulator: Rootguard's real functions on an AWS in memory, where a second takes no time."""
