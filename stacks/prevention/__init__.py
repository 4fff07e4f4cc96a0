"""Prevention: what managed policies deny, as plain data; `constructs.prevention` deploys it."""
