"""The checks behind the invariants: each reads a run's evidence, and yields what is broken and when."""
