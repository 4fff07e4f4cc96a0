"""`rootguard validate`: whether guardrail.yaml is right, and what it protects."""
