"""The loop: see what differs from the accepted state, decide, and put it right."""
