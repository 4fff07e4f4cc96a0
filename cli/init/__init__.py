"""`rootguard init`: a guardrail.yaml with what the organization has, to start from."""
