"""A verdict in one or two sentences: what the guard does with a change, and why."""

from __future__ import annotations

from rootguard.cloudtrail.read import NotOurs
from rootguard.domain.drift import PLACINGS, ChangeKind, Drift
from rootguard.domain.policy import Policy
from rootguard.domain.remedy import Action
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.phrases import actor_label, capital, clean, denies_label, types_label
from rootguard.notify.story import Around, Story, what

_VIOLATIONS = (Reason.VIOLATION, Reason.LOCKOUT_ON_ROOT, Reason.UNDECIDED)


def summary(
    verdict: Verdict,
    found: Drift | NotOurs,
    done_if: tuple[Action, ...],
    policy: Policy | None,
    target_name: str | None = None,
) -> str:
    """Return the sentences.

    Args:
        verdict: what was decided.
        found: what it was decided about.
        done_if: the writes that the verdict plans.
        policy: the policy of the drift, if it is known.
        target_name: the name of the target, if it is known.
    """
    if isinstance(found, NotOurs):
        return f"Nothing to decide: {clean(found.detail)}."
    drift = found if policy is None else found.seen_as(policy)
    story = Story(Incident(drift, verdict, Result.WATCHED), around=Around(target_name))
    if verdict.reason in _VIOLATIONS:
        return f"{capital(_violation(story, verdict))} {_response(story, verdict, done_if)}"
    told = (
        " It locks many accounts out, so on-call is paged." if verdict.obstacle is Obstacle.APPROVED else ""
    )
    return capital(_because(story)[verdict.reason]) + told


def _because(story: Story) -> dict[Reason, str]:
    drift, who = story.drift, actor_label(story.drift.actor)
    policy, place, call = story.named(with_id=True), story.place, drift.kind.value
    error_code = drift.error_code or "an error"
    subject = f"{types_label(drift.policy_type)} are" if drift.policy_type else f"{policy} is"
    unpinned = f"No protection pins {place}, {drift.source_id} or {drift.destination_id}."
    at_home = f"{place} belongs in {drift.destination_id}, by the baseline."
    just_so = f"{policy} is in the baseline of {place}, just so."
    return {
        Reason.CALL_FAILED: f"The call failed with {clean(error_code)}: nothing changed.",
        Reason.DENIED_ATTEMPT: f"IAM refused {who} to call {call} on {place}: "
        "nothing changed, on-call is paged.",
        Reason.OWN_CHANGE: "Rootguard made this change itself.",
        Reason.NOT_A_POLICY_CHANGE: f"{call} changes nothing that is guarded.",
        Reason.MALFORMED_RECORD: "The record cannot be read.",
        Reason.TARGET_NOT_PROTECTED: unpinned if drift.source_id else f"No protection holds for {place}.",
        Reason.LOCKOUT_ELSEWHERE: f"no protection holds for {place}, but the change locks many accounts "
        "out there: on-call is paged.",
        Reason.STANDS_NOWHERE_PROTECTED: f"{policy} is attached to no protected target.",
        Reason.POLICY_TYPE_NOT_COVERED: f"{subject} of no type that a protection covers here.",
        Reason.FULL_ACCESS_POLICY: f"{policy} is AWS's own full access: always allowed.",
        Reason.ALLOW_LISTED: f"{policy} is on the protection's `allow` list.",
        Reason.IN_BASELINE: at_home if drift.kind is ChangeKind.ACCOUNT_MOVED else just_so,
        Reason.NOT_IN_BASELINE: f"{policy} is not in the baseline of {place}: it may go.",
        Reason.FIRST_CONTACT: f"Rootguard has no baseline of {place} yet: it accepts what is attached there "
        "now, once.",
        Reason.TRUSTED_PRINCIPAL: f"it was done by {who}, one of the protection's trusted principals.",
        Reason.EXCEPTION: f"an exception that someone else granted permits {policy} on {place}.",
    }


def _violation(story: Story, verdict: Verdict) -> str:
    who, did = actor_label(story.drift.actor), what(story, with_id=True)
    denies = denies_label(story.policy, story.drift.at) if story.kind in PLACINGS else None
    said = {
        Reason.UNDECIDED: f"Rootguard could not decide about this: {did} by {who}.",
        Reason.LOCKOUT_ON_ROOT: f"even trusted principals may not do this: {did} by {who}.",
    }.get(verdict.reason, f"{did} by {who}, and nothing approves it.")
    return f"{said} The policy {denies}." if denies else said


def _response(story: Story, verdict: Verdict, done_if: tuple[Action, ...]) -> str:
    if verdict.outcome is Outcome.REVERT:
        does = "undoes it" if done_if else "has nothing left to undo,"
        if story.kind is ChangeKind.TYPE_DISABLED:
            does = "enables them again, puts back what was attached when it was last seen,"
        return f"Rootguard {does} and pages on-call."
    left = f" and leaves it so, because {verdict.obstacle}" if verdict.obstacle else ""
    return f"Rootguard pages on-call{left}."
