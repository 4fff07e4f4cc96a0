"""Incidents: their life from the first suspicion until they are over, and the notices that tell of them.

Everything here is plain data. `aws.ledger` keeps it, `aws.outbox` sends it, `notify` puts it into words.
"""
