"""All input and output: each module implements a Protocol of `ports` on AWS."""
