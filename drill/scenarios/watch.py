"""The seed incident, and its event never comes: the watch sees it within two looks."""

from __future__ import annotations

from drill.cloudtrail import Delivery
from drill.scenarios.scenario import Scenario, paged_once, root_is_as_before
from drill.stage import DENY_ALL, OPERATOR, Stage

_RUN = 20
"""Seconds that the watch runs, as if the next sweep were due then: the drill ends when all is quiet."""
_SECONDS = 10
"""Two looks, and what it takes to undo it."""


def _lose_every_event(stage: Stage) -> None:
    stage.adopt()
    stage.aws.delivery(Delivery(drop=-1))
    stage.sweep(next_in=_RUN)
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.note("diego", "attaches QuarantineDenyAll to Root; every event is lost", moment="incident")
    stage.attach(policy_id, stage.root, OPERATOR)
    stage.wait("the detach", lambda: stage.guard_calls("DetachPolicy"))
    stage.wait("the pages", lambda: len(stage.pages()) >= len(_CHANNELS))
    stage.aws.delivery(Delivery())


_CHANNELS = ("email", "pagerduty", "slack", "sms")


def _was_undone_in_time(stage: Stage) -> bool:
    (incident,) = [note for note in stage.notes if note.moment == "incident"]
    detached_at = float(stage.guard_calls("DetachPolicy")[0]["at"])
    return detached_at - incident.at <= _SECONDS


LOST = Scenario(
    name="lockout-event-lost-watched",
    title="the same as deny-all-on-root, every event is lost, and Root is watched",
    play=_lose_every_event,
    guardrail={"watch": {"when": "always"}},
    must={
        "Root has the policies it had before": root_is_as_before,
        f"the policy was detached within {_SECONDS} seconds": _was_undone_in_time,
        "each channel got one page, which says that it is undone": paged_once("UNDONE"),
    },
)
