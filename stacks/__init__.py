"""Rootguard's infrastructure: guardrail.yaml in, the CloudFormation stack out."""
