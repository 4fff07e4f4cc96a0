"""The stack's parts, one capability each; `guardrail_stack` puts them together."""
