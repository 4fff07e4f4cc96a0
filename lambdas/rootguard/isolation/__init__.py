"""Isolation: accounts go into the quarantine OU and come back. It knows no AWS and no clock."""
