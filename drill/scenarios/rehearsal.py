"""The rehearsal in production, on the local AWS: the guard is in time, and the guard is late."""

from __future__ import annotations

import json
from typing import Any, Final

from drill.cloudtrail import Delivery
from drill.scenarios.isolation import GUARDRAIL
from drill.scenarios.scenario import Check, Scenario, nobody_was_paged
from drill.stage import SCP, Note, Stage
from stacks.names import REHEARSAL_OU_OUTPUT, REHEARSAL_OUTPUT, REHEARSAL_ROLE_OUTPUT

_ASKED: Final = {"scheduled": False}


def _play(stage: Stage) -> None:
    stage.adopt()
    _rehearse(stage)
    stage.wait("the line in Slack", stage.remarks)
    stage.wait_until_quiet()


def _play_late(stage: Stage) -> None:
    stage.adopt()
    stage.aws.delivery(Delivery(drop=-1))
    stage.note("CloudTrail", "delivers no event any more")
    try:
        _rehearse(stage)
        stage.wait("the pages", lambda: len(stage.pages()) >= 4)  # noqa: PLR2004 - one for each channel
        stage.wait_until_quiet()
    finally:
        stage.aws.delivery(Delivery())


def _rehearse(stage: Stage) -> None:
    """Ask for a rehearsal, and keep how it went. Raises RuntimeError if none begins."""
    stage.note("the schedule", "asks for a rehearsal")
    answer = stage.aws.client("lambda").invoke(
        FunctionName=stage.deployment.outputs[REHEARSAL_OUTPUT], Payload=json.dumps(_ASKED)
    )
    said: Any = json.loads(answer["Payload"].read())
    if "outcome" not in said:
        raise RuntimeError(f"no rehearsal: {said}")
    for operation, at in _writes(stage, stage.deployment.outputs[REHEARSAL_ROLE_OUTPUT]):
        stage.notes.append(Note(at, "Rootguard", f"rehearses on the OU Rehearsal ({operation})"))
    took = f" after {said['took'] / 1000:.0f} s" if said["took"] is not None else f": {said['why']}"
    stage.note("Rootguard", f"says how the rehearsal went: {said['outcome']}{took}")


def _went(outcome: str) -> Check:
    return lambda stage: any(f": {outcome}" in note.what for note in stage.notes)


def _writes(stage: Stage, role: str) -> list[tuple[str, float]]:
    return [
        (call["operation"], call["at"])
        for call in stage.aws.journal()
        if call["role_arn"] == role
        and call["at"] >= stage.began
        and call["operation"] in ("AttachPolicy", "DetachPolicy")
        and not call["error"]
    ]


def _rehearsal_wrote(*operations: str) -> Check:
    def check(stage: Stage) -> bool:
        role = stage.deployment.outputs[REHEARSAL_ROLE_OUTPUT]
        return tuple(operation for operation, _ in _writes(stage, role)) == operations

    return check


def _guard_wrote(*operations: str) -> Check:
    return lambda stage: tuple(name for name, _ in _writes(stage, stage.guard_role)) == operations


def _nothing_is_left(stage: Stage) -> bool:
    unit = stage.deployment.outputs[REHEARSAL_OU_OUTPUT]
    listed = stage.aws.client("organizations").list_policies_for_target(TargetId=unit, Filter=SCP)
    return [policy["Name"] for policy in listed["Policies"]] == ["FullAWSAccess"]


def _slack_got_one_line(stage: Stage) -> bool:
    return [remark["channel"] for remark in stage.remarks()] == ["slack"]


def _each_channel_hears_that_it_failed(stage: Stage) -> bool:
    pages = stage.pages()
    is_critical = all("REHEARSAL FAILED" in page["subject"] + page["text"] for page in pages)
    return sorted(page["channel"] for page in pages) == ["email", "pagerduty", "slack", "sms"] and is_critical


SUCCEEDED: Final = Scenario(
    name="rehearsal",
    title="a rehearsal: a harmless SCP goes onto an empty OU, and the guard detaches it",
    guardrail=GUARDRAIL,
    play=_play,
    must={
        "the rehearsal succeeded": _went("SUCCEEDED"),
        "its function attached the SCP, and did no more": _rehearsal_wrote("AttachPolicy"),
        "the guard detached it": _guard_wrote("DetachPolicy"),
        "nothing is left on the OU": _nothing_is_left,
        "nobody was woken": nobody_was_paged,
        "Slack got one line": _slack_got_one_line,
    },
)
LATE: Final = Scenario(
    name="rehearsal-late",
    title="a rehearsal while no event arrives: it cleans up itself, and on-call is paged",
    guardrail=GUARDRAIL,
    play=_play_late,
    must={
        "the rehearsal failed": _went("FAILED"),
        "its function took the SCP off again": _rehearsal_wrote("AttachPolicy", "DetachPolicy"),
        "nothing is left on the OU": _nothing_is_left,
        "each channel was paged": _each_channel_hears_that_it_failed,
    },
)
SCENARIOS = (SUCCEEDED, LATE)
