"""Lambda entry points. They wire the edge to the core and decide nothing."""
