"""What was so at each moment: the attachments, the contents, the policy types and where accounts are.

It is played again from the trace: what people did, and what Rootguard's functions wrote. At the end it must
be the live organization. If it is not, the oracle itself is wrong, and says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from simulation.founding import founded
from simulation.history import FULL_ACCESS, ROOT, History
from simulation.oracle.changes import RCP, SCP, Change, own_change, took_effect
from simulation.oracle.documents import same
from simulation.trace import AwsCall, Record
from simulation.world import World, content

Subject: TypeAlias = "tuple[str, ...]"
"""What can change: ("attachment", policy, target), ("document", policy), ("type", type), ("place", id)."""
Value: TypeAlias = "bool | str"
LONG_AGO: Final = float("-inf")
WRITES: Final = frozenset(
    {"AttachPolicy", "DetachPolicy", "UpdatePolicy", "EnablePolicyType", "DisablePolicyType", "MoveAccount"}
)
FULL_CONTENT: Final = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)


class OracleError(AssertionError):
    """The oracle does not know the organization: it is wrong, and not the guard."""


@dataclass(frozen=True, slots=True)
class Turn:
    """From a moment on a subject has a value. `number` is the place in the trace; -1 is before it."""

    at: float
    number: int
    value: Value


@dataclass(slots=True)
class Film:
    """The turns of every subject, in order."""

    turns: dict[Subject, list[Turn]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)
    places: frozenset[str] = frozenset()
    """The root and the units: where accounts are."""
    deleted: dict[str, float] = field(default_factory=dict)

    def is_gone(self, id_: str, at: float) -> bool:
        """Tell whether a policy or a unit was deleted."""
        return self.deleted.get(id_, float("inf")) <= at

    def value(self, subject: Subject, at: float) -> Value | None:
        """Return the value of a subject after all that happened until a moment."""
        turns = self.turns.get(subject, [])
        place = bisect_right(turns, at, key=lambda turn: turn.at)
        if place:
            return turns[place - 1].value
        return False if subject[0] == "attachment" else None

    def before(self, subject: Subject, number: int) -> Value | None:
        """Return the value of a subject before the record of that number."""
        turns = reversed(self.turns.get(subject, []))
        return next((turn.value for turn in turns if turn.number < number), None)

    def is_attached(self, policy_id: str, target_id: str, at: float) -> bool:
        """Tell whether a policy is attached to a target."""
        return self.value(("attachment", policy_id, target_id), at) is True

    def values(self, subject: Subject, began: float, ended: float) -> frozenset[Value]:
        """Return every value that a subject had in a time."""
        found = {turn.value for turn in self.turns.get(subject, []) if began < turn.at <= ended}
        first = self.value(subject, began)
        return frozenset(found if first is None else found | {first})

    def attached(self, target_id: str, at: float, number: float = float("inf")) -> list[str]:
        """Return the policies on a target at a moment, or after the record of that number."""
        return [
            policy_id
            for (kind, policy_id, *more), turns in self.turns.items()
            if kind == "attachment" and more == [target_id] and _last(turns, at, number) is True
        ]

    def content(self, policy_id: str, at: float, number: float = float("inf")) -> str:
        """Return a policy's content at a moment, or after the record of that number."""
        if policy_id in FULL_ACCESS:
            return FULL_CONTENT
        return str(_last(self.turns.get(("document", policy_id), []), at, number) or "")

    def set(self, subject: Subject, at: float, number: int, value: Value) -> None:
        """Note a turn."""
        turns = self.turns.setdefault(subject, [])
        if (turns[-1].value if turns else False) != value:
            turns.append(Turn(at, number, value))


def _last(turns: Sequence[Turn], at: float, number: float) -> Value | None:
    value: Value | None = None
    for turn in turns:
        if turn.at <= at and turn.number <= number:
            value = turn.value
    return value


def film_of(history: History, world: World, trace: Sequence[Record], changes: Sequence[Change]) -> Film:
    """Play the trace again. Raises OracleError if the end is not the live organization."""
    film = _before(history, world)
    done = {change.number: change for change in changes if change.worked}
    for number, record in enumerate(trace):
        if number in done:
            _apply(film, done[number])
        elif isinstance(record, AwsCall) and writes(record) and took_effect(record):
            _apply(film, own_change(number, record))
    _check(film, world)
    return film


def writes(call: AwsCall) -> bool:
    """Tell whether a function asked Organizations to change something."""
    return call.service == "organizations" and call.call in WRITES


def _before(history: History, world: World) -> Film:
    """Return the organization as it was before Rootguard."""
    film, before = Film(), founded(history)
    film.targets = [world.id_of(name) for name in (ROOT, *before.units, *before.accounts)]
    film.places = frozenset(world.id_of(name) for name in (ROOT, *before.units))
    for full_access, policy_type in zip(FULL_ACCESS, (SCP, RCP), strict=True):
        film.set(("type", policy_type), LONG_AGO, -1, value=True)
        film.types[full_access] = policy_type
        for target_id in film.targets:
            film.set(("attachment", full_access, target_id), LONG_AGO, -1, value=True)
    for name, policy in before.policies.items():
        policy_id = world.id_of(name)
        film.types[policy_id] = policy.type
        film.set(("document", policy_id), LONG_AGO, -1, same(content(policy.says)))
        for target in policy.on:
            film.set(("attachment", policy_id, world.id_of(target)), LONG_AGO, -1, value=True)
    for name, parent in (*before.units.items(), *before.accounts.items()):
        film.set(("place", world.id_of(name)), LONG_AGO, -1, world.id_of(parent))
    return film


def _apply(film: Film, change: Change) -> None:
    at, number = change.at, change.number
    match change.call:
        case "AttachPolicy" | "DetachPolicy":
            attached = change.call == "AttachPolicy"
            film.set(("attachment", change.policy_id, change.target_id), at, number, value=attached)
        case "CreatePolicy" | "UpdatePolicy":
            film.types.setdefault(change.policy_id, change.policy_type)
            if change.content:
                film.set(("document", change.policy_id), at, number, same(change.content))
        case "MoveAccount":
            film.set(("place", change.target_id), at, number, change.destination_id)
        case "DeletePolicy":
            film.deleted[change.policy_id] = at
        case "DeleteOrganizationalUnit" | "RemoveAccountFromOrganization":
            film.deleted[change.target_id] = at
            _drop(film, change, [subject for subject in _attachments(film) if subject[2] == change.target_id])
        case "DisablePolicyType":
            film.set(("type", change.policy_type), at, number, value=False)
            _drop(film, change, [s for s in _attachments(film) if film.types.get(s[1]) == change.policy_type])
        case "EnablePolicyType":
            film.set(("type", change.policy_type), at, number, value=True)
            _full_access_from_the_start(film, change)


def _attachments(film: Film) -> list[Subject]:
    return [subject for subject in film.turns if subject[0] == "attachment"]


def _drop(film: Film, change: Change, subjects: Sequence[Subject]) -> None:
    for subject in subjects:
        film.set(subject, change.at, change.number, value=False)


def _full_access_from_the_start(film: Film, change: Change) -> None:
    """Give every target full access of a type that was enabled, as AWS does."""
    for full_access in (id_ for id_ in FULL_ACCESS if film.types.get(id_) == change.policy_type):
        for target_id in film.targets:
            if not film.is_gone(target_id, change.at):
                film.set(("attachment", full_access, target_id), change.at, change.number, value=True)


def _check(film: Film, world: World) -> None:
    forever = float("inf")
    live: Mapping[str, frozenset[str]] = {target_id: world.attached(target_id) for target_id in film.targets}
    for target_id, attached in live.items():
        played = frozenset(film.attached(target_id, forever))
        if played != attached:
            raise OracleError(
                f"the oracle has {sorted(played)} on {target_id}, and AWS has {sorted(attached)}"
            )
