"""How a page is laid out: plain text, Slack, PagerDuty."""
