"""A trail that was stopped: no event comes any more, and an alarm says so before a change is missed."""

from __future__ import annotations

from drill.cloudtrail import Delivery
from drill.scenarios.scenario import Scenario, guard_wrote_nothing
from drill.stage import Stage

_SWEEPS = 3
"""As many as the alarm waits for."""
_ALARM = "EventsMissing"


def _stop(stage: Stage) -> None:
    stage.adopt()
    stage.wait("the event of the sweep's own read", lambda: stage.arrived() > 0)
    stage.note("mallory", "stops the trail, in another Region: nothing reports that here", moment="incident")
    stage.aws.delivery(Delivery(drop=-1))
    before = stage.arrived()
    for _ in range(_SWEEPS):
        stage.sweep()
    stage.wait_until_quiet()
    came = stage.arrived() - before
    stage.note("CloudWatch", f"counts {came} events in {_SWEEPS} sweeps")
    stage.measure(_ALARM, came)
    stage.wait("the alarm", lambda: _rang(stage))
    stage.aws.delivery(Delivery())
    stage.sweep()
    stage.wait("an event", lambda: stage.arrived() > before)
    # What CloudWatch does by itself: an alarm that stayed on would end in the middle of another scenario.
    stage.measure(_ALARM, stage.arrived() - before)
    stage.wait("the end of the alarm", lambda: stage.alarm(_ALARM)["StateValue"] == "OK")


def _rang(stage: Stage) -> bool:
    heard = {page["channel"] for page in stage.pages() if _ALARM in page["subject"] + page["text"]}
    return heard == {"email", "pagerduty", "slack", "sms"}


STOPPED = Scenario(
    name="trail-stopped",
    title="someone stops the trail, and no event reaches EventBridge any more",
    play=_stop,
    must={
        f"the alarm {_ALARM} rang at each channel": _rang,
        "the guard wrote nothing": guard_wrote_nothing,
    },
)
