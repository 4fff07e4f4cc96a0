"""The verb `rootguard preview`: every kind of page as each channel lays it out."""
