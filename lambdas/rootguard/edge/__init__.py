"""Everything that touches the world: the Organizations API, SNS, metrics, logs, settings."""
