"""Changes that are nobody's emergency: a trusted pipeline at work, a quarantine where it belongs."""

from __future__ import annotations

from drill.scenarios.scenario import (
    ASKED_OF_ROOT,
    ASKING,
    Scenario,
    guard_wrote_nothing,
    nobody_was_paged,
    paged_once,
    root_is_as_before,
)
from drill.stage import DENY_ALL, DENY_LEAKS, OPERATOR, PIPELINE, Stage


def _pipeline_attaches(stage: Stage) -> None:
    stage.adopt()
    policy_id = stage.create_scp("KeepBucketsPrivate", DENY_LEAKS, PIPELINE)
    stage.note("scp-pipeline", "attaches KeepBucketsPrivate to Root, as it was merged")
    stage.attach(policy_id, stage.root, PIPELINE)
    stage.wait_for_answers("AttachPolicy")


def _operator_isolates(stage: Stage) -> None:
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.note("diego", "attaches QuarantineDenyAll to the OU Quarantine, as planned")
    stage.attach(policy_id, stage.targets["Quarantine"], OPERATOR)
    stage.wait_for_answers("AttachPolicy")


PIPELINE_ATTACHES = Scenario(
    name="trusted-pipeline",
    title="a trusted pipeline attaches a policy to Root",
    play=_pipeline_attaches,
    guardrail=ASKING,
    protection=ASKED_OF_ROOT,
    must={
        "the policy is attached to Root": lambda s: "KeepBucketsPrivate" in s.policies_on(s.root),
        "the guard wrote nothing": guard_wrote_nothing,
        "nobody was paged": nobody_was_paged,
    },
)


def _lock_workloads_out(stage: Stage) -> None:
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.note(
        "diego", "attaches QuarantineDenyAll to Workloads: 3 accounts are locked out", moment="incident"
    )
    stage.attach(policy_id, stage.targets["Workloads"], OPERATOR)
    stage.wait("the pages", stage.pages)


LOCKOUT_ELSEWHERE = Scenario(
    name="unprotected-ou-lockout",
    title="a Deny * SCP is attached to an OU full of accounts, which is not protected",
    play=_lock_workloads_out,
    guardrail=ASKING,
    protection=ASKED_OF_ROOT,
    must={
        "the guard wrote nothing": guard_wrote_nothing,
        "each channel got one page, which says that it is not touched": paged_once("NOT TOUCHED"),
    },
)

OPERATOR_ISOLATES = Scenario(
    name="unprotected-ou",
    title="a Deny * SCP is attached to the OU it was made for, which is not protected",
    play=_operator_isolates,
    must={
        "the policy is attached to the OU": lambda s: (
            "QuarantineDenyAll" in s.policies_on(s.targets["Quarantine"])
        ),
        "the guard wrote nothing": guard_wrote_nothing,
        "nobody was paged": nobody_was_paged,
    },
)


def _pipeline_locks_out(stage: Stage) -> None:
    policy_id = stage.create_scp("Oops", DENY_ALL, PIPELINE)
    stage.note("scp-pipeline", "attaches a Deny * SCP to Root, as it was merged", moment="incident")
    stage.attach(policy_id, stage.root, PIPELINE)
    stage.wait("the pages", lambda: len(stage.pages()) >= 2)  # noqa: PLR2004 - e-mail and SMS


PIPELINE_LOCKS_OUT = Scenario(
    name="trusted-pipeline-lockout",
    title="a trusted pipeline attaches a Deny * SCP to Root",
    play=_pipeline_locks_out,
    guardrail=ASKING,
    protection=ASKED_OF_ROOT,
    must={
        "Root has the policies it had before": root_is_as_before,
        "each channel got one page, which says that it is undone": paged_once("UNDONE"),
    },
)
