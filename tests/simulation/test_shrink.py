"""A history that breaks an invariant becomes small, and still breaks it."""

from __future__ import annotations

import pytest

from simulation.history import Call, History, Redeliver, dump, parse
from simulation.seeds import history_of
from simulation.shrink import shrunk


def _attaches(history: History) -> bool:
    """Tell whether someone attaches a policy to Root."""
    return any(
        isinstance(step, Call) and step.call == "AttachPolicy" and step.parameters["target"] == "root"
        for step in history.steps
    )


def _is_plain(seed: int) -> bool:
    """Tell whether a seed attaches something to Root, and has no SCP that a deployment made."""
    history = history_of(seed)
    return _attaches(history) and "rehearsal" not in history.guardrail


@pytest.mark.parametrize("seed", [seed for seed in range(60) if _is_plain(seed)][:12])
def test_only_what_matters_is_left(seed: int) -> None:
    small = shrunk(history_of(seed), _attaches, most_runs=400)
    assert _attaches(small)
    *before, step = small.steps
    # The policy has to exist, in a file that can be read.
    assert all(isinstance(each, Call) and each.call == "CreatePolicy" for each in before)
    assert len(before) + len(small.organization.policies) == 1
    assert not small.organization.accounts
    (protection,) = small.guardrail["protections"]
    assert protection.keys() == {"name", "targets"}
    assert isinstance(step, Call)
    assert step.at % 10 == 0
    assert step.event in {(), (15,)}


def test_it_can_be_written_and_read_again() -> None:
    small = shrunk(history_of(1), lambda history: bool(history.steps))
    assert parse(dump(small), "a shrunk history") == small


def test_a_copy_keeps_its_step() -> None:
    def copies(history: History) -> bool:
        return any(isinstance(step, Redeliver) for step in history.steps)

    seed = next(seed for seed in range(200) if copies(history_of(seed)))
    small = shrunk(history_of(seed), copies)
    (copy,) = (step for step in small.steps if isinstance(step, Redeliver))
    assert isinstance(small.steps[copy.again], Call)
    assert len(small.steps) <= 3


def test_the_number_of_runs_is_bounded() -> None:
    runs = 0

    def counted(history: History) -> bool:
        nonlocal runs
        runs += 1
        return len(history.steps) > 2

    shrunk(history_of(4), counted, most_runs=20)
    assert runs <= 20


def test_what_no_longer_breaks_is_not_taken() -> None:
    history = history_of(5)
    assert shrunk(history, lambda candidate: candidate == history) == history
