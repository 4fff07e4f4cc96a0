"""What somebody asks to delegate, as the options say it. Plain data, checked before AWS is asked."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.exits import bad_input
from cli.options import CONFIG
from rootguard.domain.guardrail import ROOT
from rootguard.domain.policy import (
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    is_account_id,
    is_root_id,
    is_target_id,
)

_TYPES: Final = {
    "scp": (SERVICE_CONTROL_POLICY,),
    "rcp": (RESOURCE_CONTROL_POLICY,),
    "both": (SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A delegation as somebody asks for it.

    Attributes:
        account_id: the member account that gets the work.
        targets: the OUs and accounts that it shall be limited to; none for all that may be delegated.
        policies: `scp`, `rcp` or `both`.
    """

    account_id: str
    targets: tuple[str, ...]
    policies: str

    @property
    def policy_types(self) -> tuple[str, ...]:
        """The policy types as AWS names them."""
        return _TYPES[self.policies]

    def check(self) -> None:
        """Raise TroubleError for what is no account or no target, and for Root."""
        if not is_account_id(self.account_id):
            raise bad_input(f'--account: "{self.account_id}" is no account\'s id; write its 12 digits.')
        for target in self.targets:
            if target == ROOT or is_root_id(target):
                raise bad_input(f"--target: {target} is what a delegation leaves out; name OUs or accounts.")
            if not is_target_id(target):
                raise bad_input(
                    f'--target: "{target}" is no target; write an OU\'s id like ou-exam-12345678, or an '
                    "account's 12 digits."
                )

    def command(self, config: Path) -> str:
        """Return the command that asks for the same."""
        words = ["rootguard", "prevention", "delegation", "--account", self.account_id]
        for target in self.targets:
            words += ["--target", target]
        if self.policy_types != _TYPES["scp"]:
            words += ["--policies", self.policies]
        if config != CONFIG:
            words += ["--config", str(config)]
        return shlex.join(words)
