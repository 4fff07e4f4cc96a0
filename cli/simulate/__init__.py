"""`rootguard simulate`: histories and seeds on an AWS in memory."""
