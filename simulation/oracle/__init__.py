"""The oracle: it knows what people did, what was approved and by whom. It never looks inside the guard.

It reads the trace of a run, and nothing else. `changes` says who did what, `scope` what is protected, `film`
what was so at each moment, and `acceptance` what may be so. `sweeps` says which sweeps could see it, and
`pages` what people heard.
"""
