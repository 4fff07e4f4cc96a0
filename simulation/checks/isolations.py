"""Checks of isolation, from the outside: what is moved, what is on record, what a second request finishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulation.checks.evidence import Broken, Evidence
from simulation.oracle.changes import took_effect
from simulation.oracle.limits import Limit
from simulation.oracle.requests import Request
from simulation.quarantine import ISOLATION
from simulation.trace import AwsCall

_READS: Final = ("Describe", "List")
_ITS_CALLS: Final = ("MoveAccount", "TagResource", "UntagResource")


def only_asked_for(case: Evidence) -> Iterator[Broken]:
    """Only asked-for accounts move, by who proved who they are, and only into quarantine or back."""
    by_invocation = {request.asked.invocation: request for request in case.requests}
    for number, call in enumerate(case.trace):
        if not isinstance(call, AwsCall) or call.function != ISOLATION or not _writes(call):
            continue
        request, account = by_invocation.get(call.invocation), _account(call)
        if call.call not in _ITS_CALLS:
            yield Broken(call.at, f"isolation calls {call.call}")
        elif request is None or account not in request.asked.accounts:
            yield Broken(call.at, f"{call.call} of {case.name(account)}, for which nobody asked")
        elif not request.may_move:
            yield Broken(
                call.at, f"{call.call} of {case.name(account)} for {request.asked.by}, who may not ask"
            )
        elif (
            call.call == "MoveAccount" and took_effect(call) and not _leads_there(case, request, call, number)
        ):
            place = case.name(call.parameters["DestinationParentId"])
            yield Broken(
                call.at, f"{case.name(account)} is moved to {place}: {request.asked.verb} asked for it"
            )


def refuses_what_it_must(case: Evidence) -> Iterator[Broken]:
    """What has to be named twice is not isolated if it is named once, and nothing else of that request is."""
    by_invocation = {request.asked.invocation: request for request in case.requests}
    for call in case.trace:
        if not isinstance(call, AwsCall) or call.function != ISOLATION or not _writes(call):
            continue
        request = by_invocation.get(call.invocation)
        if request is None or request.asked.verb != "isolate":
            continue
        if case.refusals.must_be(request, call.at):
            account = case.name(_account(call))
            yield Broken(call.at, f"{call.call} of {account}, although the request must be refused")


def origin_is_on_record(case: Evidence) -> Iterator[Broken]:
    """Before an account is moved into quarantine, and after each request, tag and ledger say its origin."""
    moved = ((change.number, change.target_id) for change in case.changes if change.by == ISOLATION)
    settled = (
        (request.ended, account)
        for request in case.requests
        if request.ended is not None
        for account in request.asked.accounts
        if _is_settled(case, account, request.ended)
    )
    for number, account in sorted({*moved, *settled}):
        held = case.archive.of(account, number)
        places = {"item": " ".join(held.items.values()), "tag": held.tag or ""}
        if _is_contested(case, account, number):
            del places["tag"]  # A release at the same moment takes it off, and gives it back.
        silent = [name for name, text in places.items() if held.origin not in text]
        if held.is_held and silent:
            where = case.name(held.origin)
            yield Broken(
                case.trace[number].at,
                f"{case.name(account)} is in quarantine, and no {silent[0]} names {where}",
            )


def _is_contested(case: Evidence, account: str, number: int) -> bool:
    """Tell whether more than one request for an account runs at a place in the trace, or in one of a move."""
    running = [
        request
        for request in case.requests
        if account in request.asked.accounts and request.number < number <= (request.ended or len(case.trace))
    ]
    moving = [request for request in running if request.ended != number]
    return len(running) > 1 or any(each.overlaps(other) for each in moving for other in case.requests)


def _is_settled(case: Evidence, account: str, number: int) -> bool:
    """Tell whether all requests for an account until a place in the trace are over, and ended well."""
    began = [each for each in case.requests if each.number < number and account in each.asked.accounts]
    since = max((each.asked.at for each in began), default=0.0)
    while any(each.asked.at < since <= each.until for each in began):
        since = min(each.asked.at for each in began if since <= each.until)
    late = [each for each in began if each.until >= since]
    is_over = all(each.ended is not None and each.ended <= number and each.is_answered for each in late)
    return is_over and case.weather.is_fair(since, case.trace[number].at)


def resumes(case: Evidence) -> Iterator[Broken]:
    """After a request that met no fault, what was asked for is in quarantine, whatever was killed before."""
    for request in _undisturbed(case, "isolate"):
        assert request.ended is not None  # noqa: S101 - it was answered
        for account in request.asked.accounts:
            if not case.archive.of(account, request.ended).is_in:
                yield Broken(
                    request.until, f"{case.name(account)} is not in quarantine, as {request.asked.by} asked"
                )


def brings_home(case: Evidence) -> Iterator[Broken]:
    """After a release that met no fault, an account is where it came from, and has no tag."""
    for request in _undisturbed(case, "release"):
        assert request.ended is not None  # noqa: S101 - it was answered
        before = {account: case.archive.of(account, request.number) for account in request.asked.accounts}
        if not all(_can_come_back(case, request, account) for account in before):
            continue
        for account, was in before.items():
            after = case.archive.of(account, request.ended)
            home = request.asked.destination or was.origin
            place = case.film.value(("place", account), request.until)
            if after.tag is not None:
                yield Broken(request.until, f"{case.name(account)} is released, and has its tag")
            elif (
                was.is_held and (after.is_in or place != home) and not _moved_at(case, account, request.until)
            ):
                yield Broken(request.until, f"{case.name(account)} is not back in {case.name(home)}")


def stays(case: Evidence) -> Iterator[Broken]:
    """The guard never undoes what the isolation function did."""
    for call in case.trace:
        if not isinstance(call, AwsCall) or call.call != "MoveAccount" or call.function == ISOLATION:
            continue
        if not took_effect(call):
            continue
        account = _account(call)
        made = [turn for turn in case.film.turns[("place", account)] if turn.at <= call.at]
        earlier = [turn for turn in made if turn.number >= 0 and case.trace[turn.number] is not call]
        moves = {change.number: change for change in case.changes}
        last = moves.get(earlier[-1].number) if earlier else None
        if last is None or last.by != ISOLATION:
            continue
        if Limit.AT_ONCE in case.acceptance.of(("place", account), call.at).limits:
            case.excuses.by(Limit.AT_ONCE)
            continue
        if last.known_at is None or last.known_at > call.at:
            case.excuses.by(Limit.NOT_HEARD_YET)
            continue
        yield Broken(call.at, f"the guard moves {case.name(account)}, which isolation had moved")


def _undisturbed(case: Evidence, verb: str) -> Iterator[Request]:
    """Yield the requests that nothing kept from being carried out, and that need not be refused."""
    for request in case.requests:
        if request.asked.verb != verb or not request.may_move or not request.is_answered:
            continue
        if not case.weather.is_fair(request.asked.at, request.until):
            continue
        if any(request.overlaps(other) for other in case.requests):
            continue
        gone = any(case.film.is_gone(account, request.until) for account in request.asked.accounts)
        if gone or (verb == "isolate" and case.refusals.may_be(request, request.until)):
            continue
        yield request


def _can_come_back(case: Evidence, request: Request, account: str) -> bool:
    """Tell whether it is clear where an account of a release goes, and that there is such a place."""
    was = case.archive.of(account, request.number)
    home = request.asked.destination or was.origin
    if case.film.is_gone(home, request.until) or home == case.scope.quarantine:
        return False
    return not was.is_in or bool(request.asked.destination) or was.is_held


def _leads_there(case: Evidence, request: Request, call: AwsCall, number: int) -> bool:
    """Tell whether a move leads into quarantine, or from there to where the account belongs."""
    source, destination = (call.parameters[name] for name in ("SourceParentId", "DestinationParentId"))
    if request.asked.verb == "isolate":
        return bool(destination == case.scope.quarantine)
    was = case.archive.of(_account(call), number - 1)
    homes = {request.asked.destination or was.origin}
    return source == case.scope.quarantine and (destination in homes or was.is_muddled)


def _moved_at(case: Evidence, account: str, at: float) -> bool:
    """Tell whether somebody else, or the guard, moved an account in that very second."""
    own = {change.number for change in case.changes if change.by == ISOLATION}
    return any(turn.at == at and turn.number not in own for turn in case.film.turns[("place", account)])


def _writes(call: AwsCall) -> bool:
    return call.service == "organizations" and not call.call.startswith(_READS)


def _account(call: AwsCall) -> str:
    return str(call.parameters.get("AccountId") or call.parameters.get("ResourceId", ""))
