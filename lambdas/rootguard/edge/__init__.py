"""Everything that touches the world: AWS's APIs, Slack, PagerDuty, logs, metrics, settings."""
