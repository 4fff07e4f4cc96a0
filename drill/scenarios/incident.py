"""The incident of 2023-12-05: a quarantine SCP meant for a fresh OU is attached to Root.

As its post-mortem says: the operator prepares an OU and a `Deny *` SCP, opens the policy's targets in
the console, and attaches it while Root is still selected.
"""

from __future__ import annotations

from collections.abc import Callable

from drill.cloudtrail import Delivery
from drill.members import Member, felt
from drill.scenarios.scenario import Scenario, guard_wrote_nothing, paged_once, root_is_as_before
from drill.stage import DENY_ALL, OPERATOR, Stage

DELIVERY_SECONDS = 1.0
"""CloudTrail's way to EventBridge, shortened: 14, 17 and 39 seconds have been seen on AWS."""
_MEMBER = "shop-prod"
"""One of the accounts that are locked out."""


def _attach_to_root(stage: Stage, *, copies: int = 1, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Attach it. What happens `meanwhile` surely does: the event is not yet on its way."""
    delivery = Delivery(delay=DELIVERY_SECONDS, copies=copies)
    stage.aws.delivery(delivery)
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.note("diego", "creates the SCP QuarantineDenyAll, which denies everything to everyone")
    stage.note("diego", "means to attach it to the OU Quarantine; the console still has Root selected")
    stage.note("diego", "attaches QuarantineDenyAll to Root: 6 accounts are locked out", moment="incident")
    with stage.events_held(delivery):
        stage.attach(policy_id, stage.root, OPERATOR)
        meanwhile()


def _replay(stage: Stage) -> None:
    member = Member.of(stage, _MEMBER)
    member.works()
    _attach_to_root(stage, meanwhile=member.works)
    stage.wait("the detach", lambda: stage.guard_calls("DetachPolicy"))
    member.works()
    stage.wait("the pages", lambda: len(stage.pages()) >= 2)  # noqa: PLR2004 - e-mail and SMS
    stage.wait_for_answers("AttachPolicy")


def _replay_doubled(stage: Stage) -> None:
    _attach_to_root(stage, copies=2)
    stage.wait_for_answers("AttachPolicy", 2)


def _replay_watched(stage: Stage) -> None:
    _attach_to_root(stage)
    stage.wait_for_answers("AttachPolicy")


def _one_read_at_most(stage: Stage) -> bool:
    calls = [call["operation"] for call in stage.guard_calls()]
    return calls[: calls.index("DetachPolicy")] in ([], ["DescribePolicy"])


def _heard_when_written(stage: Stage) -> bool:
    return sorted(notice["channel"] for notice in stage.notices()) == ["email", "slack", "sms"]


def _was_detached_once(stage: Stage) -> bool:
    return [call["error"] for call in stage.guard_calls("DetachPolicy")].count(None) == 1


ON_ROOT = Scenario(
    name="deny-all-on-root",
    title="a Deny * SCP meant for a fresh OU is attached to Root",
    play=_replay,
    must={
        "Root has the policies it had before": root_is_as_before,
        "each channel got one page, which says that it is undone": paged_once("UNDONE"),
        f"{_MEMBER} could work before, not while the SCP was attached, and again when it was detached": felt(
            _MEMBER, "allowed", "denied", "allowed"
        ),
        "the guard read at most once before it detached": _one_read_at_most,
        "all but the pager heard of the lockout when it was written": _heard_when_written,
    },
)

DOUBLED = Scenario(
    name="event-doubled",
    title="the same as deny-all-on-root, and EventBridge delivers the event twice",
    play=_replay_doubled,
    must={
        "Root has the policies it had before": root_is_as_before,
        "the policy was detached once": _was_detached_once,
        "each channel got one page, which says that it is undone": paged_once("UNDONE"),
        "both deliveries were answered": lambda stage: stage.answers("AttachPolicy") == 2,  # noqa: PLR2004 - both
    },
)

OBSERVED = Scenario(
    name="observe-mode",
    title="the same as deny-all-on-root, where guardrail.yaml says `mode: observe`",
    play=_replay_watched,
    guardrail={"mode": "observe"},
    must={
        "the guard wrote nothing": guard_wrote_nothing,
        "each channel got one page, which says that it is not touched": paged_once("NOT TOUCHED"),
    },
)
