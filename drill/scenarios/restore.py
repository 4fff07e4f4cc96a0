"""The widest change of all: someone disables a policy type, and every attachment in the organization goes."""

from __future__ import annotations

from drill.scenarios.scenario import Scenario, paged_once, root_is_as_before
from drill.stage import DENY_LEAKS, OPERATOR, SCP, Stage

_OUS = ("Sandbox", "Workloads")


def _disable(stage: Stage) -> None:
    policy_id = stage.create_scp("KeepBucketsPrivate", DENY_LEAKS)
    for name in _OUS:
        stage.aws.client("organizations").attach_policy(PolicyId=policy_id, TargetId=stage.targets[name])
    stage.adopt()
    stage.note("diego", "disables SCPs: every attachment in the organization is dropped", moment="incident")
    stage.aws.client("organizations", as_=OPERATOR).disable_policy_type(RootId=stage.root, PolicyType=SCP)
    stage.wait("all attachments", lambda: _all_are_back(stage) and root_is_as_before(stage))
    stage.wait_for_answers("DisablePolicyType")
    # What is put back is Rootguard's own change: nothing is left for the sweep to find.
    stage.sweep()


def _all_are_back(stage: Stage) -> bool:
    wanted = ["FullAWSAccess", "KeepBucketsPrivate"]
    return all(stage.policies_on(stage.targets[name]) == wanted for name in _OUS)


def _says_how_many(stage: Stage) -> bool:
    emails = [page["text"] for page in stage.pages() if page["channel"] == "email"]
    return any("putting all 3 attachments back takes 2 s at least" in text for text in emails)


TYPE_RESTORED = Scenario(
    name="policy-type-restored",
    title="someone disables SCPs for the organization, and restore_policy_type is true",
    play=_disable,
    # Not with the others: what they left in the inventory would be put back, too.
    protection={"restore_policy_type": True},
    must={
        "Root has the policies it had before": root_is_as_before,
        "the SCP is attached to the OUs where it was attached": _all_are_back,
        "each channel got one page, which says that it is not safe yet": paged_once(
            "ENABLED AGAIN, NOT SAFE YET"
        ),
        "the e-mail says how many attachments are put back": _says_how_many,
    },
)
