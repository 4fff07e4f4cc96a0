"""A local AWS to rehearse on, and the drills that are run there."""
