"""The channels that take a page to people over HTTP."""
