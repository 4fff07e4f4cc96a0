"""The people of a seed, each with a habit: they make the calls of a history.

Diego is careless, Mallory means harm, the pipeline is trusted, and Ann grants exceptions. Olga is on call
and repairs by hand. A bot repeats its change after each undo. A habit returns its steps. Some of the calls
fail, as in real life.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulation.history import FULL_ACCESS, ROOT, Call, Grant, Redeliver, Says, Step
from simulation.setups import EMPTY, TRUSTED, Setup
from simulation.steps import Seconds

SCP: Final = "SERVICE_CONTROL_POLICY"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class People:
    """Those who act, the setup that they find, and how the events of their calls travel."""

    setup: Setup
    travel: Callable[[], tuple[Seconds, ...]]

    def call(self, at: Seconds, by: str, call: str, **parameters: Says) -> Call:
        """Return a call whose event travels as chance has it."""
        return Call(at=at, by=by, call=call, parameters=parameters, event=self.travel())

    def refused(self, at: Seconds, by: str, call: str, **parameters: Says) -> Call:
        """Return a call that IAM refuses."""
        return Call(at=at, by=by, call=call, parameters=parameters, refused=True, event=self.travel())

    def attached(self) -> tuple[str, str] | None:
        """Return a policy and a target that it is attached to; None if there is none."""
        found = [(policy, target) for target in self.setup.targets for policy in self.setup.attached[target]]
        return self.setup.rng.choice(found) if found else None

    def later(self, least: int = 1, most: int = 40) -> int:
        """Return some seconds."""
        return self.setup.rng.randint(least, most)


Habit: TypeAlias = "Callable[[People, Seconds], Sequence[Step]]"


def attach(people: People, at: Seconds, by: str = "diego") -> list[Step]:
    """Someone creates a policy and attaches it."""
    setup = people.setup
    policy, target = setup.new_policy(), _target(setup)
    says = "deny all" if by != TRUSTED and setup.chance(0.3) else setup.harmless()
    setup.attached[target].append(policy)
    return [
        people.call(at, by, "CreatePolicy", policy=policy, says=says),
        people.call(at + people.later(0, 20), by, "AttachPolicy", policy=policy, target=target),
    ]


def attach_known(people: People, at: Seconds, by: str = "diego") -> list[Step]:
    """Someone attaches a policy that exists already."""
    setup = people.setup
    policy, target = setup.rng.choice(list(setup.policies)), _target(setup)
    setup.attached[target].append(policy)
    return [people.call(at, by, "AttachPolicy", policy=policy, target=target)]


def detach(people: People, at: Seconds, by: str = "diego") -> list[Step]:
    """Someone detaches a policy."""
    found = people.attached()
    if found is None:
        return []
    policy, target = found
    people.setup.attached[target].remove(policy)
    return [people.call(at, by, "DetachPolicy", policy=policy, target=target)]


def edit(people: People, at: Seconds, by: str = "diego") -> list[Step]:
    """Someone edits a policy that is attached."""
    found = people.attached()
    if found is None:
        return []
    says = "deny all" if by != TRUSTED and people.setup.chance(0.3) else people.setup.harmless()
    return [people.call(at, by, "UpdatePolicy", policy=found[0], says=says)]


def move(people: People, at: Seconds, by: str = "diego") -> list[Step]:
    """Someone moves an account."""
    setup = people.setup
    account = setup.rng.choice(list(setup.accounts))
    source = setup.accounts[account]
    destination = setup.rng.choice([place for place in (ROOT, *setup.units) if place != source])
    if account not in setup.pinned:
        setup.accounts[account] = destination
    return [people.call(at, by, "MoveAccount", account=account, source=source, destination=destination)]


def disable(people: People, at: Seconds, by: str = "diego") -> list[Step]:
    """Someone disables a policy type."""
    return [people.call(at, by, "DisablePolicyType", type=SCP)]


def detach_and_delete(people: People, at: Seconds) -> list[Step]:
    """Diego detaches a policy and deletes it."""
    steps = detach(people, at)
    if not steps:
        return []
    first = steps[0]
    assert isinstance(first, Call)  # noqa: S101 - what `detach` returns
    policy = first.parameters["policy"]
    return [*steps, people.call(at + people.later(), "diego", "DeletePolicy", policy=policy)]


def remove_unit(people: People, at: Seconds) -> list[Step]:
    """Diego deletes an empty unit, which the guardrail may name."""
    return [people.call(at, "diego", "DeleteOrganizationalUnit", target=EMPTY)]


def lock_out(people: People, at: Seconds) -> list[Step]:
    """Mallory attaches a lockout to the root, perhaps twice."""
    policy = people.setup.new_policy()
    again = at + people.later(20, 200)
    return [
        people.call(at, "mallory", "CreatePolicy", policy=policy, says="deny all"),
        people.call(at + people.later(0, 30), "mallory", "AttachPolicy", policy=policy, target=ROOT),
        *(
            [people.call(again, "mallory", "AttachPolicy", policy=policy, target=ROOT)]
            if people.setup.chance(0.5)
            else []
        ),
    ]


def two_halves(people: People, at: Seconds) -> list[Step]:
    """Mallory, or the pipeline, locks the root out by two policies that are harmless alone."""
    setup = people.setup
    by = setup.rng.choice(["mallory", TRUSTED])
    services = [f"{letter}*" for letter in _LETTERS[:12]]
    first, second = setup.new_policy(), setup.new_policy()
    says = {
        first: _document({"Effect": "Deny", "NotAction": services, "Resource": "*"}),
        second: _document({"Effect": "Deny", "Action": services, "Resource": "*"}),
    }
    attached_at = {first: at + people.later(5, 30), second: at + people.later(31, 200)}
    return [
        *(people.call(at, by, "CreatePolicy", policy=policy, says=says[policy]) for policy in says),
        *(
            people.call(attached_at[policy], by, "AttachPolicy", policy=policy, target=ROOT)
            for policy in says
        ),
    ]


def full_access_off(people: People, at: Seconds) -> list[Step]:
    """Mallory takes full access off, and may attach a policy in its place."""
    setup = people.setup
    bare = [target for target in setup.protected if not setup.attached[target]]
    target = setup.rng.choice(bare) if bare and setup.chance(0.7) else _target(setup)
    stranger = setup.new_policy()
    steps: list[Step] = [people.call(at + 2, "mallory", "DetachPolicy", policy=FULL_ACCESS[0], target=target)]
    if setup.attached[target] and setup.chance(0.5):
        return steps
    before = people.call(at, "mallory", "CreatePolicy", policy=stranger, says=setup.harmless())
    attached = people.call(at + 1, "mallory", "AttachPolicy", policy=stranger, target=target)
    return [before, attached, *steps]


def detour(people: People, at: Seconds) -> list[Step]:
    """Mallory moves an account away, attaches a policy there, and moves the account back."""
    setup = people.setup
    home = setup.accounts["shop"]
    away = "Sandbox"
    policy = setup.new_policy()
    made = people.call(at, "mallory", "CreatePolicy", policy=policy, says=setup.harmless())
    out = people.call(
        at + people.later(1, 90), "mallory", "MoveAccount", account="shop", source=home, destination=away
    )
    attached = people.call(
        out.at + people.later(1, 200), "mallory", "AttachPolicy", policy=policy, target="shop"
    )
    back = people.call(
        attached.at + people.later(1, 200),
        "mallory",
        "MoveAccount",
        account="shop",
        source=away,
        destination=home,
    )
    return [made, out, attached, back]


def try_in_vain(people: People, at: Seconds) -> list[Step]:
    """IAM refuses Mallory's calls."""
    setup = people.setup
    target = _target(setup)
    times = setup.rng.choice([1, 2, 4])
    pause = people.later(20, 300)
    return [
        people.refused(at + number * pause, "mallory", "AttachPolicy", policy="Base", target=target)
        for number in range(times)
    ]


def exception(people: People, at: Seconds) -> list[Step]:
    """Ann grants an exception, in time or too late; Diego, or Ann herself, uses it."""
    setup = people.setup
    policy, target = setup.new_policy(), _target(setup)
    user = setup.rng.choice(["diego", "diego", "diego", "ann"])
    granted = at + people.later(1, 60)
    used = granted + setup.rng.choice([people.later(1, 100), people.later(1, 100), -1])
    lasts = setup.rng.choice([3600, 3600, 60])
    return sorted(
        [
            people.call(at, "diego", "CreatePolicy", policy=policy, says=setup.harmless()),
            Grant(at=granted, by="ann", policy=policy, target=target, lasts=lasts),
            people.call(max(used, at), user, "AttachPolicy", policy=policy, target=target),
        ],
        key=lambda step: step.at,
    )


def repair(people: People, at: Seconds) -> list[Step]:
    """Diego makes a mistake, and Olga, who is on call, undoes it by hand."""
    setup = people.setup
    mistake = setup.rng.choice([attach_known, detach, move])(people, at)
    if not mistake:
        return []
    wrong = mistake[-1]
    assert isinstance(wrong, Call)  # noqa: S101 - what these habits return
    parameters = dict(wrong.parameters)
    after = at + people.later(5, 150)
    if wrong.call == "MoveAccount":
        parameters |= {"source": parameters["destination"], "destination": parameters["source"]}
        return [*mistake, people.call(after, "olga", "MoveAccount", **parameters)]
    undo = "DetachPolicy" if wrong.call == "AttachPolicy" else "AttachPolicy"
    return [*mistake, people.call(after, "olga", undo, **parameters)]


def fight(people: People, at: Seconds) -> list[Step]:
    """A bot attaches, or detaches, the same policy again and again."""
    setup = people.setup
    found = people.attached()
    pause = people.later(25, 90)
    times = setup.rng.randint(8, 24)
    if found is None or setup.chance(0.6):
        policy, target, call = setup.new_policy(), _target(setup), "AttachPolicy"
        says = "deny all" if setup.chance(0.2) else setup.harmless()
        before: list[Step] = [people.call(at, "bot", "CreatePolicy", policy=policy, says=says)]
    else:
        (policy, target), call, before = found, "DetachPolicy", []
    return [
        *before,
        *(
            people.call(at + 1 + number * pause, "bot", call, policy=policy, target=target)
            for number in range(times)
        ),
    ]


def copy(people: People, at: Seconds) -> list[Step]:
    """Diego attaches a policy, it is undone, something changes, and a copy of the first event arrives."""
    setup = people.setup
    policy, target = setup.new_policy(), _target(setup)
    steps: list[Step] = [
        people.call(at, "diego", "CreatePolicy", policy=policy, says=setup.harmless()),
        people.call(at + 1, "diego", "AttachPolicy", policy=policy, target=target),
    ]
    since = at + people.later(60, 240)
    changes: list[Step] = [
        Grant(at=since, by="ann", policy=policy, target=target, lasts=3600),
        people.call(since, TRUSTED, "AttachPolicy", policy=policy, target=target),
        people.call(since, "diego", "UpdatePolicy", policy=policy, says=setup.harmless()),
    ]
    steps.append(setup.rng.choice(changes))
    return [*steps, Redeliver(at=since + people.later(30, 200), again=1)]


def by_pipeline(people: People, at: Seconds) -> list[Step]:
    """The trusted pipeline makes a change of any kind."""
    habit = people.setup.rng.choice([attach, attach, attach_known, detach, detach, edit, edit, move])
    return list(habit(people, at, TRUSTED))


def _target(setup: Setup) -> str:
    """Return a target: mostly a protected one, and often the root."""
    choice = setup.rng.random()
    if choice < 0.4:  # noqa: PLR2004 - shares of all cases
        return ROOT
    return setup.rng.choice(list(setup.protected) if choice < 0.85 else setup.targets)  # noqa: PLR2004


def _document(statement: dict[str, object]) -> Says:
    return {"Version": "2012-10-17", "Statement": [statement]}


HABITS: Final[Sequence[tuple[Habit, int]]] = (
    (attach, 16),
    (attach_known, 8),
    (detach, 12),
    (edit, 10),
    (move, 6),
    (disable, 2),
    (detach_and_delete, 3),
    (remove_unit, 2),
    (lock_out, 10),
    (two_halves, 3),
    (full_access_off, 6),
    (detour, 3),
    (try_in_vain, 4),
    (exception, 8),
    (repair, 8),
    (fight, 2),
    (copy, 6),
    (by_pipeline, 22),
)
"""Each habit, and how often it occurs."""
