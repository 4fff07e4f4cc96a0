"""People at work in a member account: what a policy does to them is felt here, and comes on the timeline.

Each has a session of a role in the account, as OrganizationAccountAccessRole gives one to administrators. The
call that they make is an ordinary one, which every service control policy over the account binds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from botocore.exceptions import ClientError

from drill.principals import Principal
from drill.stage import Stage

_ORDINARY: Final = "OrganizationAccountAccessRole"
_ACTION: Final = "s3:ListAllMyBuckets"


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who lists the account's buckets now and then; made by `of`."""

    stage: Stage
    who: str
    buckets: str
    s3: Any

    @classmethod
    def of(cls, stage: Stage, account: str, role: str = _ORDINARY) -> Member:
        """Return somebody who has a role in an account.

        The account's root user makes the role, and is bound, too. So this comes before anything is denied.
        """
        seen = stage.aws.seen_from(stage.targets[account])
        s3 = seen.client("s3", as_=Principal(role=role, session="ana"))
        if role == _ORDINARY:
            return cls(stage, account, "its buckets", s3)
        return cls(stage, role, f"the buckets of {account}", s3)

    def works(self) -> None:
        """List the buckets, and note how it ended."""
        felt = self.stage.felt.setdefault(self.who, [])
        try:
            self.s3.list_buckets()
        except ClientError as error:
            told = error.response["Error"]
            felt.append(told["Message"])
            why = told["Message"].partition(f"{_ACTION} ")[2].removeprefix("with an ")
            self.stage.note(self.who, f"{_ACTION} {told['Code']}: {why}")
        else:
            felt.append("")
            self.stage.note(self.who, f"lists {self.buckets}")


def felt(who: str, *expected: Literal["allowed", "denied"]) -> Callable[[Stage], bool]:
    """Return a check that someone's calls went so, in their order, and that an SCP denied what was denied."""
    return lambda stage: [_outcome(why) for why in stage.felt.get(who, [])] == [*expected]


def _outcome(why: str) -> str:
    if why.endswith("with an explicit deny in a service control policy"):
        return "denied"
    return why or "allowed"
