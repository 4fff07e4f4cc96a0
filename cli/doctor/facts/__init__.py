"""What the checks look at. Each module reads one thing of AWS, by read-only calls, into plain data."""
