"""The post-mortem's draft: `draft` says what is in it, `look` writes it as Markdown or HTML."""
