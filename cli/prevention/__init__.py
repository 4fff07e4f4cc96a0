"""`rootguard prevention`: who can attach a policy to Root, and a delegation that leaves Root out."""
