"""`domain.reader.Reader` on FACTS.json: what the file does not say is assumed, and the assumption is named.

Nothing can be looked up, yet a rule may ask. A policy of unknown type counts as an SCP, the type that this
guard is for; a target whose parents are not known counts as below the root only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from cli.explain.facts_file import FactsFile, PolicyFacts
from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval, Placement
from rootguard.domain.drift import Drift, Subject
from rootguard.domain.exceptions import LONGEST, Permit
from rootguard.domain.fights import Fight
from rootguard.domain.policy import (
    FULL_ACCESS,
    SERVICE_CONTROL_POLICY,
    Policy,
    full_access_of,
    is_account_id,
    is_root_id,
    root_first,
)
from rootguard.domain.remedy import Action, Attach, Detach, Move

_LONG_AGO: Final = datetime(2006, 3, 14, tzinfo=UTC)
"""Since when the file's baseline was accepted: before any record."""


class FactsReader:
    """The facts about one change.

    Args:
        file: what is known.
        change: what is judged.
    """

    def __init__(self, file: FactsFile, change: Drift) -> None:
        self._file = file
        self._change = change
        self._made: dict[str, None] = {}

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was assumed so far, each in a sentence."""
        return tuple(self._made)

    @property
    def is_timeless(self) -> bool:
        """Whether the facts leave open at what time they are so."""
        return self._file.now is None

    @property
    def now(self) -> datetime:
        """The time of the decision. If the facts give none, it is that of the record."""
        return self._file.now or self._change.at

    @property
    def own_roles(self) -> frozenset[str]:
        """Rootguard's role, if the facts give it."""
        own = self._file.own_role_arn
        return frozenset({own} if own else ())

    @property
    def remembers(self) -> bool:
        """Whether the facts say what was accepted on the target of the change."""
        return self._change.target_id in self._file.baseline

    # The baseline

    def is_adopted(self, target_id: str, policy_type: str) -> bool:  # noqa: ARG002 - no file says otherwise
        """Assume that what was attached to a target was accepted before: this is no first contact."""
        return True

    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None:
        """Return that a policy is accepted on a target, if the baseline has it."""
        return self.accepted_on(target_id).get(policy_id)

    def accepted_on(self, target_id: str) -> Mapping[str, Acceptance]:
        """Return what the baseline accepts on a target."""
        return {
            policy_id: Acceptance(
                present=True,
                policy_type=self._type_of(policy_id) or "",
                at=_LONG_AGO,
                by=Approval.ADOPTED,
            )
            for policy_id in self._file.baseline.get(target_id, {})
        }

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        """Return the targets on which the baseline accepts a policy."""
        return frozenset(target for target, accepted in self._file.baseline.items() if policy_id in accepted)

    def document(self, policy_id: str) -> AcceptedDocument | None:
        """Return a policy's accepted document: the one that the baseline gives at the highest target."""
        for target_id in sorted(self.accepted_targets(policy_id), key=root_first):
            accepted = self._file.baseline[target_id][policy_id]
            if accepted.content is not None:
                policy = Policy(
                    policy_id,
                    self._type_of(policy_id) or "",
                    accepted.name,
                    content=accepted.content,
                    organization_id=self._file.organization.id,
                )
                return AcceptedDocument(policy, _LONG_AGO, Approval.ADOPTED)
        return None

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target.

        The file does not say when one was granted: it counts as granted a day before its end.
        """
        return tuple(
            Permit(
                policy_id=policy_id,
                target_id=target_id,
                content_sha256=entry.content_sha256,
                granted_by=entry.granted_by,
                expires_at=self._end_of(entry.expires_at),
                reason=entry.reason,
            )
            for entry in self._file.exceptions
            if (entry.policy_id, entry.target_id) == (policy_id, target_id)
        )

    def fight(self, subject: Subject) -> Fight:  # noqa: ARG002 - no file says otherwise
        """Assume that nothing was undone of late."""
        return Fight()

    def placement(self, account_id: str) -> Placement | None:  # noqa: ARG002 - no file says otherwise
        """Assume that an account belongs where its move began."""
        return Placement(self._change.source_id, _LONG_AGO) if self._change.source_id else None

    # Organizations

    def known(self, policy_id: str) -> Policy | None:
        """Return a policy as far as the facts give its type, without an assumption."""
        policy, policy_type = self._file.policies.get(policy_id), self._type_of(policy_id)
        if full_access_of(policy_id):
            return self._full_access(policy_id)
        return self._described(policy_id, policy, policy_type) if policy and policy_type else None

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy, as an SCP if its type is not given; None if it does not exist."""
        if self._is_gone(policy_id):
            return None
        known = self.known(policy_id)
        if known is not None:
            return known
        self._assume(f"{policy_id} is an SCP: the facts do not say.")
        policy = self._file.policies.get(policy_id) or PolicyFacts()
        return self._described(policy_id, policy, SERVICE_CONTROL_POLICY)

    def seen(self, policy_id: str) -> Policy | None:
        """Return a policy as far as it is known, without an assumption that was not made yet."""
        is_an_scp = f"Assuming {policy_id} is an SCP: the facts do not say." in self._made
        return self.policy(policy_id) if is_an_scp else self.known(policy_id)

    def type_on(self, policy_id: str, target_id: str) -> str | None:  # noqa: ARG002 - the target says no more
        """Return the type of a policy."""
        policy = self.policy(policy_id)
        return policy.type if policy else None

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        """Return what is attached to a target. If no one says, what is accepted there, and full access."""
        attached = self._file.attachments.get(target_id)
        if attached is not None:
            return dict(self._of_type(policy_type, attached))
        self._assume(f"full access is attached to {target_id}: the facts do not say.")
        full_access = FULL_ACCESS[policy_type]
        accepted = self._file.baseline.get(target_id, {})
        return {full_access: full_access, **dict(self._of_type(policy_type, accepted))}

    def targets(self, policy_id: str) -> frozenset[str]:
        """Return where the facts have a policy attached."""
        self._assume(f"{policy_id} is attached only where the facts say.")
        return frozenset(
            target for target, attached in self._file.attachments.items() if policy_id in attached
        )

    def ancestors(self, target_id: str) -> Sequence[str]:
        """Return what the facts have above a target. Above where they end, only the root is sure to be."""
        found = tuple(self._above(target_id))
        highest = (target_id, *found)[-1]
        if not is_root_id(highest):
            self._assume(f"{highest} is below the root only: the facts do not give its parent.")
        return found

    def reach(self, *target_ids: str) -> int:
        """Count the accounts that the facts place at or below some targets."""
        for target_id in target_ids:
            if not is_account_id(target_id):
                self._assume(f"no account is below {target_id} but those the facts place there.")
        accounts = (child for child in self._file.parents if is_account_id(child))
        return sum(1 for account in accounts if not {account, *self._above(account)}.isdisjoint(target_ids))

    def writes(self, action: Action) -> tuple[Action, ...]:
        """Return the writes that an action takes, by the facts: none if it is done already.

        AWS refuses to detach the last policy of a type, and the guard then attaches full access first.
        """
        attached = self._file.attachments.get(action.target_id)
        match action:
            case Detach(policy_id, target_id) if attached is not None:
                if policy_id not in attached:
                    return ()
                policy_type = self._type_of(policy_id) or SERVICE_CONTROL_POLICY
                full_access = FULL_ACCESS.get(policy_type)
                is_last = {each for each, _ in self._of_type(policy_type, attached)} == {policy_id}
                return (Attach(full_access, target_id), action) if is_last and full_access else (action,)
            case Attach(policy_id) if attached is not None and policy_id in attached:
                return ()
            case Move(target_id, _, destination_id) if self._file.parents.get(target_id) == destination_id:
                return ()
        return (action,)

    def _end_of(self, expires_at: datetime) -> datetime:
        """Return until when an exception holds.

        The facts are those of the change. So one that is over by their time does not permit it, and one that
        ends later than anyone may grant it counts as granted with the change.
        """
        at = self._change.at
        return min(expires_at, at + LONGEST if self.now < expires_at else at)

    def _above(self, target_id: str) -> Iterator[str]:
        seen = {target_id}
        at = self._file.parents.get(target_id)
        while at is not None and at not in seen:
            yield at
            seen.add(at)
            at = self._file.parents.get(at)

    def _of_type(
        self, policy_type: str, policy_ids: Sequence[str] | Mapping[str, object]
    ) -> Iterator[tuple[str, str]]:
        for policy_id in policy_ids:
            if self._type_of(policy_id) in (None, policy_type):
                policy = self._file.policies.get(policy_id)
                yield policy_id, (policy.name if policy else None) or policy_id

    def _type_of(self, policy_id: str) -> str | None:
        policy = self._file.policies.get(policy_id)
        return full_access_of(policy_id) or (policy.type if policy else None)

    def _is_gone(self, policy_id: str) -> bool:
        return policy_id in self._file.policies and self._file.policies[policy_id] is None

    def _described(self, policy_id: str, policy: PolicyFacts, policy_type: str) -> Policy:
        return policy.as_policy(policy_id, policy_type, self._file.organization.id)

    def _full_access(self, policy_id: str) -> Policy:
        return Policy(policy_id, full_access_of(policy_id) or "", policy_id[2:])

    def _assume(self, what: str) -> None:
        self._made[f"Assuming {what}"] = None
