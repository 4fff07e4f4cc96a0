"""`rootguard exception`: let one change by someone else through, for a while; list and revoke exceptions."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

from cli import output
from cli.aws import Aws
from cli.exception.desk import Desk
from cli.exception.look import show_answer, show_list, show_revoked
from cli.exception.wish import as_json as permit_as_json
from cli.exits import ExitCode, bad_input
from rootguard.domain.exceptions import LONGEST, State
from rootguard.domain.guardrail import ROOT
from rootguard.domain.policy import is_policy_id, is_target_id

_LENGTH: Final = re.compile(r"(?=\d)(?:(\d{1,4})h)?(?:(\d{1,4})m)?")
_REASON_LIMIT: Final = 500


def grant(policy_id: str, target: str, length: str, reason: str, *, as_json: bool) -> ExitCode:
    """Grant an exception, print it, and return the exit code. Raises TroubleError."""
    _check(policy_id, target)
    lasts = length_of(length)
    if not reason.strip() or not reason.isprintable() or len(reason) > _REASON_LIMIT:
        raise bad_input(f"--reason: say in one line of up to {_REASON_LIMIT} characters what it is for.")
    desk = Desk(Aws())
    now = datetime.now(UTC).replace(microsecond=0)
    answer = desk.grant(desk.wish(policy_id, target), now, now + lasts, reason.strip())
    if as_json:
        output.write_json(answer.as_json(now))
    else:
        show_answer(answer, now, output.stdout())
    return ExitCode.FINE if answer.granted else ExitCode.FINDING


def list_all(*, ended_too: bool, as_json: bool) -> ExitCode:
    """Print the exceptions, those that end next first, and return the exit code. Raises TroubleError."""
    now = datetime.now(UTC)
    desk = Desk(Aws())
    found = [permit for permit in desk.recorded() if ended_too or permit.state(now) is State.OPEN]
    found.sort(key=lambda permit: (permit.state(now) is not State.OPEN, permit.expires_at))
    if as_json:
        output.write_json({"exceptions": [permit_as_json(permit, now) for permit in found]})
    else:
        show_list(found, now, output.stdout())
    for line in desk.left_out:
        typer.echo(output.printable(line), err=True)
    return ExitCode.FINE


def revoke(policy_id: str, target: str, *, as_json: bool) -> ExitCode:
    """Revoke the caller's own exceptions for a policy on a target. Raises TroubleError."""
    _check(policy_id, target)
    desk = Desk(Aws())
    now = datetime.now(UTC)
    revoked, others = desk.revoke(policy_id, desk.target_id(target), now)
    if as_json:
        output.write_json({"revoked": [permit_as_json(permit, now) for permit in revoked]})
    else:
        show_revoked(revoked, others, now, output.stdout())
    return ExitCode.FINE if revoked else ExitCode.FINDING


def length_of(text: str) -> timedelta:
    """Return a length of time such as 30m, 2h or 1h30m. Raises TroubleError."""
    found, longest = _LENGTH.fullmatch(text), LONGEST // timedelta(hours=1)
    if found is None:
        raise bad_input(f'--for: must be between 1m and {longest}h, like 30m, 2h or 1h30m, not "{text}".')
    lasts = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    if not timedelta(0) < lasts <= LONGEST:
        raise bad_input(f"--for: must be between 1m and {longest}h, not {text}.")
    return lasts


def _check(policy_id: str, target: str) -> None:
    if not is_policy_id(policy_id):
        raise bad_input(f'--policy: "{policy_id}" is no policy\'s id; write it like p-12345678.')
    if target != ROOT and not is_target_id(target):
        raise bad_input(
            f'--target: "{target}" is no target; write root, an OU\'s id like ou-exam-12345678, or an '
            "account's 12 digits."
        )
