"""What is decided, on plain data: no AWS, no clock, no logger."""
