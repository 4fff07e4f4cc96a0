"""The rows of the status. `ROWS` is all of them: a new one has its line there, and nowhere else.

What keeps a part from working, `rootguard doctor` judges; here it is told in fewer words.
"""

from __future__ import annotations

from typing import Any, Final

from cli.doctor.checks.events import arrive
from cli.doctor.checks.rehearsals import went_well
from cli.doctor.facts import sweeps
from cli.doctor.facts.latency import latency
from cli.doctor.facts.rehearsals import rehearsals
from cli.status import alive, incidents, paged, protected, rehearsed, swept
from cli.status.row import Row

ROWS: Final[tuple[Row[Any], ...]] = (
    Row("Incidents", incidents.ASKS, incidents.read, incidents.judge, incidents.data),
    Row("Alive", alive.ASKS, alive.read, alive.judge),
    Row("Last sweep", swept.ASKS, sweeps.heartbeat, swept.judge, swept.data),
    Row("Last event", ("cloudwatch:GetMetricData",), latency, arrive),
    Row("Protected", protected.ASKS, protected.read, protected.judge, protected.data),
    Row("Rehearsed", rehearsed.ASKS, rehearsals, went_well, rehearsed.data),
    Row("Paged", paged.ASKS, paged.read, paged.judge, paged.data),
)
"""In this order, as far as all is well: what is wrong comes first."""
