"""The post-mortem's draft: `draft` says what stands in it, `look` writes it as Markdown or HTML."""
