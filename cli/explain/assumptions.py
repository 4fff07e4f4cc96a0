"""Facts that nobody gave: a reader that answers by assumption, and says which.

With FACTS.json nothing can be looked up, yet a rule may ask. A policy of unknown type counts as an SCP, the
type this guard is for; a target of unknown ancestry counts as below the root only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.explain.facts_file import FactsFile, PolicyFacts
from rootguard.domain.approvals import policy_now
from rootguard.domain.facts import (
    FULL_ACCESS,
    SERVICE_CONTROL_POLICY,
    Facts,
    Policy,
    Recollection,
    is_account_id,
    is_root_id,
)
from rootguard.domain.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True)
class AssumingReader:
    """`ports.Reader` without an organization. `made` collects the assumptions, in sentences."""

    file: FactsFile
    made: list[str] = field(default_factory=list)

    def policy(self, policy_id: str) -> Policy:
        """Return the policy as an SCP, with what the facts do say of it."""
        self.made.append(f"Assuming {policy_id} is an SCP: the facts do not say.")
        known = self.file.policies.get(policy_id) or PolicyFacts()
        return known.as_policy(policy_id, SERVICE_CONTROL_POLICY, self.file.organization.id)

    def count_accounts(self, target_id: str) -> int:
        """Count the accounts that the facts place below a target."""
        self.made.append(f"Assuming no account is below {target_id} but those the facts place there.")
        return sum(
            1 for child in self.file.parents if is_account_id(child) and self._is_below(child, target_id)
        )

    def _is_below(self, child: str, target_id: str) -> bool:
        seen: set[str] = set()
        at: str | None = child
        while at is not None and at not in seen:
            if at == target_id:
                return True
            seen.add(at)
            at = self.file.parents.get(at)
        return False

    def targets(self, policy_id: str) -> frozenset[str]:
        """Return nothing: where a policy stands is in the facts' baseline and attachments."""
        self.made.append(f"Assuming {policy_id} stands only where the facts say.")
        return frozenset()

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        """Return what the facts accept there, and full access, which is there unless someone took it off."""
        self.made.append(f"Assuming full access stands on {target_id}: the facts do not say.")
        accepted = self.file.baseline.get(target_id, {})
        known = {policy_id: self.file.policies.get(policy_id) or PolicyFacts() for policy_id in accepted}
        standing = {
            policy_id: policy.name or policy_id
            for policy_id, policy in known.items()
            if policy.type in (None, policy_type)
        }
        return {FULL_ACCESS[policy_type]: FULL_ACCESS[policy_type], **standing}

    def ancestors(self, child_id: str) -> Mapping[str, str | None]:
        """Return no link: what certainly lies above is the root."""
        self.made.append(f"Assuming {child_id} is below the root only: the facts do not give its parent.")
        return {}


def unasked(verdict: Verdict, facts: Facts, *, now_is_given: bool, without_ledger: str) -> list[str]:
    """Return the assumptions behind a verdict that no rule asked about, in sentences.

    The rules take these facts as they come: an unknown role is not one's own, an unknown document is no
    lockout, is as it was accepted, and is none that an exception permits.

    Args:
        verdict: the verdict.
        facts: what it was made of.
        now_is_given: whether someone said at which time.
        without_ledger: why the ledger did not answer, as a sentence.
    """
    change = verdict.change
    if change is None:
        return []
    made: list[str] = []
    if facts.memory is Recollection.UNREACHABLE:
        made.append(
            f"Without the ledger: {without_ledger} Neither the baseline nor exceptions were looked at."
        )
    if change.error_code is not None:
        return made
    if facts.own_role_arn is None and change.actor.kind == "AssumedRole":
        made.append("Assuming the caller is not Rootguard itself: its role is not known.")
    if verdict.reason.rule < Reason.IN_BASELINE.rule:
        return made
    here = change.policy_id, verdict.target_id
    permits = [permit for permit in facts.exceptions if (permit.policy_id, permit.target_id) == here]
    if permits and not now_is_given and verdict.reason.rule > Reason.TRUSTED_PRINCIPAL.rule:
        made.append("Assuming the time of the record: the facts give no `now`.")
    policy = policy_now(change, facts)
    if policy is None or policy.content is not None:
        return made
    unknown = f"{change.policy_id}: its content is not known."
    if verdict.reason is Reason.IN_BASELINE:
        made.append(f"Assuming nobody rewrote {unknown}")
    elif verdict.reason is Reason.TRUSTED_PRINCIPAL and is_root_id(verdict.target_id):
        made.append(f"Assuming no lockout in {unknown}")
    elif permits and verdict.reason is Reason.VIOLATION:
        made.append(f"Assuming no exception matches {unknown}")
    return made
