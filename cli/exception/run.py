"""`rootguard exception`: let one change by someone else through, for a while; list and revoke exceptions.

The command writes with the caller's own credentials, and IAM lets them write in their own name only: who
granted an exception is what IAM says, not what the command says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from rootguard.aws.ledger_exceptions import Exceptions
from rootguard.aws.ledger_table import Table
from rootguard.domain.approvals import digest_of
from rootguard.domain.exceptions import LONGEST, Grant, State
from rootguard.domain.facts import FULL_ACCESS, Permit, Policy, is_policy_id, is_root_id, is_target_id
from rootguard.domain.guardrail import ROOT
from rootguard.notify.words.phrases import denies_label, type_label
from stacks.names import GRANTER_OUTPUT, TABLE_OUTPUT

_LENGTH: Final = re.compile(r"(?=\d)(?:(\d{1,4})h)?(?:(\d{1,4})m)?")
_REASON_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """What an exception is for: a policy as it is now, on a target. `target_name` is None for the root."""

    policy: Policy
    content: str
    target_id: str
    target_name: str | None

    @property
    def denies(self) -> str | None:
        """How much the policy denies, where it is a lockout."""
        return denies_label(self.policy)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish for an exception: `granted` is False where the caller had granted it before."""

    subject: Subject
    grant: Grant
    granted: bool

    def as_json(self, now: datetime) -> dict[str, Any]:
        """Return the answer as JSON data."""
        subject = self.subject
        return {
            "granted": self.granted,
            "exception": self.grant.as_json(now),
            "policy": {"name": subject.policy.name, "type": subject.policy.type, "denies": subject.denies},
            "target": {"id": subject.target_id, "name": subject.target_name},
        }


def grant(policy_id: str, target: str, length: str, reason: str, *, as_json: bool) -> ExitCode:
    """Grant an exception, print it, and return the exit code. Raises TroubleError."""
    _check(policy_id, target)
    lasts = length_of(length)
    if not reason.strip() or not reason.isprintable() or len(reason) > _REASON_LIMIT:
        raise _bad(f"--reason: say in one line of up to {_REASON_LIMIT} characters what it is for.")
    desk = Desk(Aws())
    now = datetime.now(UTC).replace(microsecond=0)
    subject = desk.subject(policy_id, target)
    answer = desk.grant(subject, now, now + lasts, reason.strip())
    if as_json:
        output.write_json(answer.as_json(now))
    else:
        from cli.exception.look import show_answer  # noqa: PLC0415

        show_answer(answer, now, output.stdout())
    return ExitCode.FINE if answer.granted else ExitCode.FINDING


def list_all(*, ended_too: bool, as_json: bool) -> ExitCode:
    """Print the exceptions, those that end next first, and return the exit code. Raises TroubleError."""
    now = datetime.now(UTC)
    found = [g for g in Desk(Aws()).recorded() if ended_too or g.state(now) is State.OPEN]
    found.sort(key=lambda grant: (grant.state(now) is not State.OPEN, grant.permit.expires_at))
    if as_json:
        output.write_json({"exceptions": [grant.as_json(now) for grant in found]})
    else:
        from cli.exception.look import show_list  # noqa: PLC0415

        show_list(found, now, output.stdout())
    return ExitCode.FINE


def revoke(policy_id: str, target: str, *, as_json: bool) -> ExitCode:
    """Revoke the caller's own exceptions for a policy on a target. Raises TroubleError."""
    _check(policy_id, target)
    desk = Desk(Aws())
    now = datetime.now(UTC)
    revoked, others = desk.revoke(policy_id, desk.target_id(target), now)
    if as_json:
        output.write_json({"revoked": [grant.as_json(now) for grant in revoked]})
    else:
        from cli.exception.look import show_revoked  # noqa: PLC0415

        show_revoked(revoked, others, now, output.stdout())
    return ExitCode.FINE if revoked else ExitCode.FINDING


def length_of(text: str) -> timedelta:
    """Return a length of time such as 30m, 2h or 1h30m. Raises TroubleError."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise _bad(f'--for: "{text}" is no length of time; write it like 30m, 2h or 1h30m.')
    lasts = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    if not timedelta(0) < lasts <= LONGEST:
        longest = LONGEST // timedelta(hours=1)
        raise _bad(f"--for: an exception lasts for 1m at least and {longest}h at most, not for {text}.")
    return lasts


class Desk:
    """Where exceptions are granted: the deployed stack's ledger, as whoever signed in.

    Every method raises TroubleError for what AWS refuses.
    """

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def subject(self, policy_id: str, target: str) -> Subject:
        """Return what an exception would be for, as it is now. Raises TroubleError for what needs none."""
        policy = self._aws.policy(policy_id)
        if policy is None or policy.content is None:
            raise _bad(f"--policy: there is no policy {policy_id} in this organization.")
        if policy.type not in FULL_ACCESS:
            kind = type_label(policy.type)
            raise _bad(f"--policy: {policy_id} is a {kind}: Rootguard leaves it alone without an exception.")
        target_id = self.target_id(target)
        name = None if is_root_id(target_id) else self._aws.target_name(target_id)
        if name is None and not is_root_id(target_id):
            raise _bad(f"--target: there is no {target_id} in this organization.")
        return Subject(policy, policy.content, target_id, name)

    def target_id(self, target: str) -> str:
        """Return a target's id: the root's for "root". Raises TroubleError for a root that is another's."""
        if target != ROOT and not is_root_id(target):
            return target
        root_id = self._aws.root_id()
        if target not in (ROOT, root_id):
            raise _bad(f"--target: this organization's root is {root_id}, not {target}.")
        return root_id

    def grant(self, subject: Subject, at: datetime, expires_at: datetime, reason: str) -> Answer:
        """Grant an exception to everyone but the caller, unless the caller has one open for the same."""
        digest, user_id = digest_of(subject.content), self.user_id
        permit = Permit(subject.policy.id, subject.target_id, digest, user_id, expires_at, reason)
        for known in self._open(subject.policy.id, subject.target_id, at):
            if (known.permit.content_sha256, known.permit.granted_by) == (digest, user_id):
                return Answer(subject, known, granted=False)
        with self._aws.asking("PutItem", mend=self._mend):
            granted = self._exceptions.grant(permit, at)
        return Answer(subject, Grant(permit, granted_at=at), granted)

    def revoke(
        self, policy_id: str, target_id: str, at: datetime
    ) -> tuple[tuple[Grant, ...], tuple[Grant, ...]]:
        """Revoke the caller's exceptions; return those revoked, and those that only others can revoke."""
        found = self._open(policy_id, target_id, at)
        own = tuple(known for known in found if known.permit.granted_by == self.user_id)
        with self._aws.asking("PutItem", mend=self._mend):
            revoked = tuple(known for known in own if self._exceptions.revoke(known, at))
        return revoked, tuple(known for known in found if known not in own)

    def recorded(self) -> tuple[Grant, ...]:
        """Return every exception on record. One that was granted a moment ago may be missing."""
        with self._aws.asking("Query", mend=self._mend):
            return self._exceptions.all()

    @cached_property
    def user_id(self) -> str:
        """The caller's `aws:userid`."""
        return self._aws.user_id()

    def _open(self, policy_id: str, target_id: str, now: datetime) -> tuple[Grant, ...]:
        return tuple(
            known
            for known in self.recorded()
            if (known.permit.policy_id, known.permit.target_id) == (policy_id, target_id)
            and known.state(now) is State.OPEN
        )

    @cached_property
    def _exceptions(self) -> Exceptions:
        return Exceptions(Table(self._outputs[TABLE_OUTPUT], self._aws.dynamodb))

    @property
    def _mend(self) -> str:
        return f"Attach the managed policy {self._outputs[GRANTER_OUTPUT]} to your role or user"

    @cached_property
    def _outputs(self) -> dict[str, str]:
        return self._aws.deployed(TABLE_OUTPUT, GRANTER_OUTPUT)


def _check(policy_id: str, target: str) -> None:
    if not is_policy_id(policy_id):
        raise _bad(f'--policy: "{policy_id}" is no policy\'s id; write it like p-12345678.')
    if target != ROOT and not is_target_id(target):
        raise _bad(
            f'--target: "{target}" is no target; write root, an OU\'s id like ou-exam-12345678, or an '
            "account's 12 digits."
        )


def _bad(message: str) -> TroubleError:
    return TroubleError(ExitCode.BAD_INPUT, message)
