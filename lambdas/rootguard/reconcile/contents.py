"""The part of a sweep that reads policies again: an edit whose event was lost shows in nothing else.

AWS takes two DescribePolicy a second from a whole account, so a sweep reads two of the accepted policies,
each in its turn, besides those that something open says were edited. Of n policies an edit is thus found
within n/2 sweeps, rounded up, and put right, as any difference, by the one after; a lockout on Root at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.drift import edit, policies_open
from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy
from rootguard.domain.survey import Turn
from rootguard.reconcile.look import Look

READ_A_SWEEP: Final = 2
TURN: Final = "contents"


@dataclass(slots=True)
class Contents:
    """The accepted policies, and which of them were found edited.

    Attributes:
        accepted: as they were accepted, by policy and target.
        protects: tells whether a target is a protected one.
        turn: how far the round through the policies has come.
        edited: those that do not say what was accepted, or could not be read.
    """

    look: Look
    accepted: Mapping[str, Mapping[str, BaselinePolicy]]
    protects: Callable[[str], bool]
    turn: Turn
    edited: set[str] = field(default_factory=set)

    def sweep(self) -> None:
        """Read two policies, or more that were edited, and meet each difference. Raises LedgerError."""
        guarded = self._guarded()
        open_edits = policies_open(self.look.opened, (ChangeKind.UPDATED,)) & guarded.keys()
        in_turn = self.turn.order(guarded.keys() - open_edits)[:READ_A_SWEEP]
        for policy_id in (*sorted(open_edits), *in_turn):
            self.edited.add(policy_id)
            with self.look.or_later("could not read a policy again", policy_id=policy_id):
                policy = self.look.policy(policy_id)
                change = edit(policy, guarded[policy_id], self.look.began) if policy else None
                if change is not None:
                    self.look.meet(change)
                else:
                    self.edited.remove(policy_id)
        if in_turn and in_turn[-1] != self.turn.after:
            self.look.guard.surveys.keep_turn(TURN, Turn(in_turn[-1]), self.look.began)

    def _guarded(self) -> Mapping[str, Mapping[str, BaselinePolicy]]:
        """Return what is accepted on protected targets, without full access, which nobody can edit."""
        return {
            policy_id: guarded
            for policy_id, accepted in self.accepted.items()
            if policy_id not in FULL_ACCESS.values()
            and (guarded := {target: policy for target, policy in accepted.items() if self.protects(target)})
        }
