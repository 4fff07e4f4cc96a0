"""Other ways to the same outage, and an event that never comes: what only the accepted state shows."""

from __future__ import annotations

from collections.abc import Callable

from drill.cloudtrail import Delivery
from drill.scenarios.scenario import (
    ASKED_OF_ROOT,
    ASKING,
    Scenario,
    guard_wrote_nothing,
    paged_once,
    root_is_as_before,
)
from drill.stage import DENY_ALL, DENY_LEAKS, OPERATOR, PIPELINE, SCP, Stage, content_of
from rootguard.domain.fights import LIMIT

_BOTH = 2  # e-mail and SMS; the sweep's page and the event's
_EACH = 4  # Slack and PagerDuty, too


def _answered(act: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Play after first contact, and wait until the guard has answered."""

    def play(stage: Stage) -> None:
        stage.adopt()
        act(stage)
        stage.wait("the pages", lambda: len(stage.pages()) >= _BOTH)

    return play


def _policy_named(stage: Stage, name: str) -> str:
    listed = stage.aws.client("organizations").list_policies(Filter=SCP)["Policies"]
    return str(next(policy["Id"] for policy in listed if policy["Name"] == name))


def _detach_full_access(stage: Stage) -> None:
    stage.note("diego", "detaches FullAWSAccess from Root: nothing is allowed any more", moment="incident")
    organizations = stage.aws.client("organizations", as_=OPERATOR)
    organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=stage.root)


def _edit_on_root(stage: Stage) -> None:
    policy_id = _policy_named(stage, "DenyLeavingTheOrganization")
    stage.note("diego", "edits an SCP that is attached to Root: now it denies everything", moment="incident")
    stage.aws.client("organizations", as_=OPERATOR).update_policy(
        PolicyId=policy_id, Name="Harmless", Content=content_of(DENY_ALL)
    )


def _edited_is_restored(stage: Stage) -> bool:
    policy = stage.aws.client("organizations").describe_policy(
        PolicyId=_policy_named(stage, "DenyLeavingTheOrganization")
    )["Policy"]
    return "organizations:LeaveOrganization" in policy["Content"]


def _disable_type(stage: Stage) -> None:
    stage.note("diego", "disables SCPs: every attachment in the organization is dropped", moment="incident")
    stage.aws.client("organizations", as_=OPERATOR).disable_policy_type(RootId=stage.root, PolicyType=SCP)


def _lose_event(stage: Stage) -> None:
    stage.adopt()
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.aws.delivery(Delivery(drop=-1))
    stage.note("diego", "attaches QuarantineDenyAll to Root; its event is lost", moment="incident")
    stage.attach(policy_id, stage.root, OPERATOR)
    stage.sweep()
    stage.aws.delivery(Delivery())


def _sweep_before_the_event(stage: Stage) -> None:
    stage.adopt()
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    with stage.events_held():
        stage.note("diego", "attaches QuarantineDenyAll to Root; its event takes its time", moment="incident")
        stage.attach(policy_id, stage.root, OPERATOR)
        stage.sweep()
    stage.wait_for_answers("AttachPolicy")


def _says_who_in_the_end(stage: Stage) -> bool:
    emails = [page["text"] for page in stage.pages() if page["channel"] == "email"]
    return ["user diego" in text for text in emails] == [False, True]


def _nobody_is_woken_twice(stage: Stage) -> bool:
    return [page["channel"] for page in stage.pages()].count("pagerduty") == 1


def _lose_event_below(stage: Stage) -> None:
    stage.adopt()
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.aws.delivery(Delivery(drop=-1))
    stage.note("diego", "attaches QuarantineDenyAll to Workloads; its event is lost", moment="incident")
    stage.attach(policy_id, stage.targets["Workloads"], OPERATOR)
    stage.sweep()  # it gives the event time to come
    stage.next_second()
    stage.sweep()
    stage.aws.delivery(Delivery())


def _workloads_are_as_before(stage: Stage) -> bool:
    return stage.policies_on(stage.targets["Workloads"]) == ["FullAWSAccess"]


def _lose_edit(stage: Stage) -> None:
    stage.adopt()
    stage.aws.delivery(Delivery(drop=-1))
    _edit_on_root(stage)
    stage.sweep()
    stage.aws.delivery(Delivery())


def _first_contact(stage: Stage) -> None:
    stage.note("Rootguard", "looks at an organization that has an SCP of its own on Root")
    stage.sweep()


def _announced_once(stage: Stage) -> bool:
    texts = [page["text"] for page in stage.pages() if page["channel"] == "email"]
    return len(texts) == 1 and "DenyLeavingTheOrganization" in texts[0] and "Nothing was changed" in texts[0]


def _attach_without_ledger(stage: Stage) -> None:
    with stage.without_ledger():
        policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
        stage.note("diego", "attaches QuarantineDenyAll to Root; DynamoDB does not answer", moment="incident")
        stage.attach(policy_id, stage.root, OPERATOR)
        # All of them: when the ledger answers again, every function's environment ends.
        stage.wait("the pages", lambda: len(stage.pages()) >= _EACH)


def _reorder(stage: Stage) -> None:
    stage.adopt()
    stage.aws.delivery(Delivery(reorder=2))
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.note(
        "diego", "creates and attaches a policy; the events arrive the other way round", moment="incident"
    )
    stage.attach(policy_id, stage.root, OPERATOR)
    stage.wait("the detach", lambda: stage.guard_calls("DetachPolicy"))
    stage.wait("the pages", lambda: len(stage.pages()) >= _BOTH)
    stage.aws.delivery(Delivery())


def _needed_no_read(stage: Stage) -> bool:
    calls = [call["operation"] for call in stage.guard_calls()]
    return "DescribePolicy" not in calls[: calls.index("DetachPolicy")]


def _catalogue_knows(stage: Stage) -> None:
    stage.adopt()
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, OPERATOR)
    stage.wait_for_answers("CreatePolicy")
    stage.note("diego", "attaches to Root what the guard saw being created", moment="incident")
    stage.attach(policy_id, stage.root, OPERATOR)
    stage.wait("the pages", lambda: len(stage.pages()) >= _BOTH)


def _move_to_root(stage: Stage) -> None:
    stage.note(
        "diego", "moves shop-prod out of Prod, up to Root, where no SCP of Prod holds", moment="incident"
    )
    stage.aws.client("organizations", as_=OPERATOR).move_account(
        AccountId=stage.targets["shop-prod"],
        SourceParentId=stage.targets["Prod"],
        DestinationParentId=stage.root,
    )


def _is_back(stage: Stage) -> bool:
    organizations = stage.aws.client("organizations")
    parents = organizations.list_parents(ChildId=stage.targets["shop-prod"])["Parents"]
    return bool(parents[0]["Id"] == stage.targets["Prod"])


def _fight(stage: Stage) -> None:
    stage.adopt()
    policy_id = stage.create_scp("KeepBucketsPrivate", DENY_LEAKS, PIPELINE)
    for number in range(LIMIT + 2):
        stage.note("scp-pipeline", "attaches KeepBucketsPrivate to Root, and Rootguard does not trust it")
        stage.attach(policy_id, stage.root, PIPELINE)
        stage.wait_for_answers("AttachPolicy", number + 1)
        if "KeepBucketsPrivate" in stage.policies_on(stage.root):
            return


def _stopped_and_said_so(stage: Stage) -> bool:
    emails = [page["text"] for page in stage.pages() if page["channel"] == "email"]
    return len(emails) == 2 and "keeps doing it again" in emails[1]  # noqa: PLR2004 - undone, then the fight


def _undone(name: str, title: str, act: Callable[[Stage], None], **must: Callable[[Stage], bool]) -> Scenario:
    return Scenario(
        name=name,
        title=title,
        play=_answered(act),
        must={
            "each channel got one page, which says that it is undone": paged_once("UNDONE"),
            **{sentence.replace("_", " "): check for sentence, check in must.items()},
        },
    )


SCENARIOS = (
    _undone(
        "full-access-detached",
        "someone detaches FullAWSAccess from Root",
        _detach_full_access,
        Root_has_the_policies_it_had_before=root_is_as_before,
    ),
    _undone(
        "policy-edited-on-root",
        "someone rewrites and renames an SCP that is attached to Root",
        _edit_on_root,
        the_policy_denies_what_it_denied_before=_edited_is_restored,
        Root_has_the_policies_it_had_before=root_is_as_before,
    ),
    Scenario(
        name="account-moved",
        title="an account is moved to Root, which `pin_accounts` names",
        play=_answered(_move_to_root),
        guardrail=ASKING,
        protection=ASKED_OF_ROOT,
        must={
            "each channel got one page, which says that it is undone": paged_once("UNDONE"),
            "the account is where it was": _is_back,
        },
    ),
    Scenario(
        name="policy-type-disabled",
        title="someone disables SCPs for the organization, and restore_policy_type is false",
        play=_answered(_disable_type),
        must={
            "each channel got one page, which says that it is not touched": paged_once("NOT TOUCHED"),
            "the guard wrote nothing": guard_wrote_nothing,
        },
    ),
    Scenario(
        name="event-lost",
        title="the same as deny-all-on-root, and CloudTrail never delivers the event",
        play=_lose_event,
        must={
            "Root has the policies it had before": root_is_as_before,
            "each channel got one page, which says that it is undone": paged_once("UNDONE"),
        },
    ),
    Scenario(
        name="event-late",
        title="the same as deny-all-on-root, and a sweep is there before the event",
        play=_sweep_before_the_event,
        must={
            "Root has the policies it had before": root_is_as_before,
            "the sweep's page knows nobody, and the event's says who it was": _says_who_in_the_end,
            "PagerDuty wakes nobody a second time": _nobody_is_woken_twice,
        },
    ),
    Scenario(
        name="event-lost-below",
        title="a Deny * SCP is attached below Root, where include_descendants reaches, and its event is lost",
        play=_lose_event_below,
        protection={"include_descendants": True},
        must={
            "the OU has the policies it had before": _workloads_are_as_before,
            "each channel got one page, which says that it is undone": paged_once("UNDONE"),
        },
    ),
    Scenario(
        name="edit-lost",
        title="the same as policy-edited-on-root, and CloudTrail never delivers the event",
        play=_lose_edit,
        must={
            "the policy denies what it denied before": _edited_is_restored,
            "Root has the policies it had before": root_is_as_before,
            "each channel got one page, which says that it is undone": paged_once("UNDONE"),
        },
    ),
    Scenario(
        name="events-reordered",
        title="CreatePolicy and AttachPolicy arrive the other way round",
        play=_reorder,
        must={
            "Root has the policies it had before": root_is_as_before,
            "each channel got one page, which says that it is undone": paged_once("UNDONE"),
        },
    ),
    Scenario(
        name="policy-in-catalogue",
        title="the guard saw the policy being created, and needs no read before it detaches",
        play=_catalogue_knows,
        must={
            "Root has the policies it had before": root_is_as_before,
            "the guard detached without a read": _needed_no_read,
        },
    ),
    Scenario(
        name="first-contact",
        title="Rootguard comes to an organization that has SCPs on Root",
        play=_first_contact,
        must={
            "the guard wrote nothing": guard_wrote_nothing,
            "Root has the policies it had before": root_is_as_before,
            "one summary says what was found": _announced_once,
        },
    ),
    Scenario(
        name="fight",
        title="other automation attaches the same policy to Root again and again",
        play=_fight,
        must={
            "the guard stopped after five reverts": lambda stage: (
                len(stage.guard_calls("DetachPolicy")) == LIMIT
            ),
            "it said so once": _stopped_and_said_so,
        },
    ),
    Scenario(
        name="ledger-down",
        title="the same as deny-all-on-root, and DynamoDB does not answer",
        play=_attach_without_ledger,
        must={
            "Root has the policies it had before": root_is_as_before,
            "each channel got one page, which says that it is undone": paged_once("UNDONE"),
        },
    ),
)
