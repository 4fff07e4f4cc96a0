"""Checks of what Rootguard's functions write in Organizations, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulation.checks.drifts import TOLERANCE, is_miscounted, pauses, undos
from simulation.checks.evidence import Broken, Evidence
from simulation.history import FULL_ACCESS
from simulation.oracle.acceptance import Accepted
from simulation.oracle.changes import TELLING, acts_as_people, event_of, took_effect
from simulation.oracle.documents import ALLOW_ALL, locks_out
from simulation.oracle.film import Subject, writes
from simulation.oracle.limits import Limit
from simulation.trace import AwsCall, Began

_LATELY: Final = 180.0
"""Seconds for which what was so a moment ago still explains a write: reads can be stale, and events late."""
_OTHER_WRITES: Final = {
    "dynamodb": ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"),
    "sqs": ("SendMessage", "SendMessageBatch"),
    "sns": ("Publish", "PublishBatch"),
}
_SLACK: Final = 5.0


def full_access_stays(case: Evidence) -> Iterator[Broken]:
    """A full-access policy is never detached, and nobody even tries to."""
    for call in _writes(case):
        if call.call == "DetachPolicy" and call.parameters["PolicyId"] in FULL_ACCESS:
            yield Broken(call.at, f"{call.function} detaches full access from {case.name(_target(call))}")


def approved_stays(case: Evidence) -> Iterator[Broken]:
    """An approved policy is never detached, and an approved content is never overwritten."""
    for call in _writes(case):
        if not took_effect(call) or call.call not in ("DetachPolicy", "UpdatePolicy"):
            continue
        policy, before = call.parameters["PolicyId"], max(call.at - _SLACK, case.acceptance.contact)
        if call.at < case.acceptance.contact:
            continue
        content = ("document", policy)
        documents = case.acceptance.of(content, call.at)
        is_read = documents.values == {case.film.value(content, call.at)}
        if call.call == "DetachPolicy":
            subject: Subject = ("attachment", policy, _target(call))
            accepted = _accepted(case, subject, call, before)
            accepted = Accepted(accepted.values, accepted.limits | documents.limits)
            broken = accepted.values == {True} and is_read
        else:
            accepted = _accepted(case, content, call, before)
            was = case.film.values(content, before - _SLACK, call.at - 1e-6)
            written = case.film.value(content, call.at)
            approved = accepted.is_sure and was == accepted.values
            broken = approved and was != {written} and is_guarded_content(case, policy, call.at)
        if not broken:
            if Limit.NOT_HEARD_YET in accepted.limits:
                case.excuses.by(Limit.NOT_HEARD_YET)
        elif case.weather.is_down(("ledger", "index"), call.at - _LATELY, call.at):
            case.excuses.by(Limit.LEDGER_DOWN)
        elif _was_an_ended_lockout(case, call):
            case.excuses.by(Limit.ACCEPTED_LOCKOUT)
        else:
            yield Broken(call.at, f"{call.call} of {case.name(policy, _target(call))}, which was approved")


def _was_an_ended_lockout(case: Evidence, call: AwsCall) -> bool:
    """Tell whether an accepted lockout was off Root in between, so that nobody has to bring it back."""
    policy, root_id = call.parameters["PolicyId"], case.scope.root_id
    was = case.film.values(("attachment", policy, root_id), case.acceptance.contact, call.at)
    denies = locks_out([ALLOW_ALL, case.film.content(policy, call.at)])
    return call.call == "DetachPolicy" and _target(call) == root_id and False in was and denies


def accepts_only_by_approval(case: Evidence) -> Iterator[Broken]:
    """The guard attaches, restores and moves back only what was accepted."""
    for call in _writes(case):
        if not took_effect(call) or call.at < case.acceptance.contact:
            continue
        since = call.at - _LATELY
        match call.call:
            case "AttachPolicy":
                policy, target = call.parameters["PolicyId"], _target(call)
                if policy in FULL_ACCESS:
                    continue
                subject: Subject = ("attachment", policy, target)
                was = True in _accepted(case, subject, call, since).values
                if not was and not _was_there(case, subject, call):
                    yield Broken(
                        call.at, f"the guard attaches {case.name(policy, target)}: nobody accepted it"
                    )
            case "UpdatePolicy" if "Content" in call.parameters:
                policy = call.parameters["PolicyId"]
                written = case.film.value(("document", policy), call.at)
                if written not in _accepted(case, ("document", policy), call, since).values:
                    yield Broken(
                        call.at, f"the guard gives {case.name(policy)} a content that nobody accepted"
                    )
            case "MoveAccount":
                account, place = call.parameters["AccountId"], call.parameters["DestinationParentId"]
                if place not in _accepted(case, ("place", account), call, since).values:
                    yield Broken(call.at, f"the guard moves {case.name(account)} to where it does not belong")


def only_protected(case: Evidence) -> Iterator[Broken]:
    """Nothing is written outside protected targets, except what a policy type lost."""
    for call in _writes(case):
        if (
            not took_effect(call)
            or call.call not in ("AttachPolicy", "DetachPolicy")
            or "restore" in call.function
        ):
            continue
        moments = _moments(case, _target(call), call.at)
        if not any(case.scope.protection(_target(call), moment) for moment in moments):
            yield Broken(call.at, f"{call.call} on {case.name(_target(call))}, which is not protected")


def observing_writes_nothing(case: Evidence) -> Iterator[Broken]:
    """Where the guardrail says observe or alert, nothing is written."""
    if any(protection.reverts for protection in case.scope.protections):
        return
    for call in _writes(case):
        yield Broken(call.at, f"{call.call} although the guardrail only observes")


def nothing_before_the_undo(case: Evidence) -> Iterator[Broken]:
    """Between event and undo the guard writes nowhere. What is approved is accepted before it is put back."""
    approved = {change.event_id for change in case.changes if change.number in case.acceptance.approved}
    events = {
        r.invocation
        for r in case.trace
        if isinstance(r, Began)
        and r.why in TELLING
        and r.attempt == 1
        and event_of(r.payload) not in approved
    }
    earlier: dict[int, AwsCall] = {}
    undone: set[int] = set()
    for call in case.trace:
        if not isinstance(call, AwsCall) or call.invocation not in events:
            continue
        if writes(call):
            first = earlier.get(call.invocation)
            if first is not None and call.invocation not in undone and first.at > case.acceptance.contact:
                yield Broken(call.at, f"{first.service} {first.call} comes before {call.call}")
            undone.add(call.invocation)
        elif call.call in _OTHER_WRITES.get(call.service, ()):
            earlier.setdefault(call.invocation, call)


def fights_end(case: Evidence) -> Iterator[Broken]:
    """In a fight it stops after a bound, and backs off further each round."""
    subjects = {subject for subject in case.film.turns if subject[0] in ("attachment", "document", "place")}
    for subject in sorted(subjects):
        found = pauses(case, subject)
        for at in undos(case, subject):
            pause = next((p for p in found if p.began + TOLERANCE < at < p.ended - TOLERANCE), None)
            if pause is None:
                continue
            if case.weather.is_down(("ledger", "index"), pause.began - _LATELY, at):
                case.excuses.by(Limit.LEDGER_DOWN)
                continue
            if is_miscounted(case, subject, at):
                continue
            yield Broken(
                at,
                f"{case.name(*subject[1:])} is undone {at - pause.began:.0f} s after a fight's round: "
                f"the pause takes {pause.ended - pause.began:.0f} s",
            )
            break


def is_guarded_content(case: Evidence, policy: str, at: float) -> bool:
    """Tell whether a policy is accepted on a protected target."""
    return any(
        case.acceptance.of(("attachment", policy, target), at).values == {True}
        for target in case.film.targets
        if case.scope.covers(policy, target, at)
    )


def _accepted(case: Evidence, subject: Subject, call: AwsCall, since: float) -> Accepted:
    """Return what the guard may take for accepted when it writes: also what its own event has just said."""
    for record in case.trace:
        if isinstance(record, Began) and record.invocation == call.invocation and record.why in TELLING:
            event_id = event_of(record.payload)
            change = next((change for change in case.changes if change.event_id == event_id), None)
            page = case.acceptance.said_by(subject, change) if change is not None else None
            if page is not None:
                return page
    return case.acceptance.during(subject, since, call.at)


def _writes(case: Evidence) -> Iterator[AwsCall]:
    """Yield what the functions write that undo what people do."""
    return (
        record
        for record in case.trace
        if isinstance(record, AwsCall) and writes(record) and not acts_as_people(record)
    )


def _target(call: AwsCall) -> str:
    return str(call.parameters.get("TargetId", ""))


def _was_there(case: Evidence, subject: Subject, call: AwsCall) -> bool:
    """Tell whether a disabled policy type may have taken the attachment with it."""
    if not any(change.call == "DisablePolicyType" and change.at <= call.at for change in case.changes):
        return False
    return True in case.film.values(subject, 0, call.at - 1e-6)


def _moments(case: Evidence, target: str, at: float) -> list[float]:
    turns = case.film.turns.get(("place", target), ())
    return [at, at - _LATELY, *(turn.at for turn in turns if at - _LATELY < turn.at <= at)]
