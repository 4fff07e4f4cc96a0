"""`rootguard simulate --seeds`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulation import campaign
from simulation.campaign import Break, Judged, Report, Reproduced, judged_all, run_seeds
from simulation.history import dump
from simulation.invariants import BY_NAME, Finding, Judgement
from simulation.seeds import history_of
from tests.cli.conftest import Rootguard

CLEAN = Report(seeds=3, clean=3, broken=(), limits={"FIGHT": 2})
BROKEN = Report(
    seeds=3,
    clean=2,
    broken=(
        Reproduced(
            Break(8, "root-lockout", 120.0, "Root is locked out since 90 s"),
            dump(history_of(8)),
        ),
    ),
    limits={},
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Take the place of the run; the list holds what was asked for."""
    asked: list[tuple[int, int]] = []

    def run(start: int, count: int, **_: object) -> Report:
        asked.append((start, count))
        return BROKEN if start else CLEAN

    monkeypatch.setattr("cli.simulate.seeds.run_seeds", run)
    return asked


def test_clean_seeds_end_well(rootguard: Rootguard, made: list[tuple[int, int]]) -> None:
    result = rootguard("simulate", "--seeds", 3)
    assert result.exit_code == 0
    assert made == [(0, 3)]
    assert "3 of 3 seeds are clean" in result.stdout
    assert "In a fight the guard stops for a while" in result.stdout


def test_a_broken_seed_is_told_and_can_be_run_again(
    rootguard: Rootguard, made: list[tuple[int, int]], folder: Path
) -> None:
    result = rootguard("simulate", "--seeds", 3, "--start", 7, "--out", "broken")
    assert result.exit_code == 1
    assert made == [(7, 3)]
    assert "Root kept a lockout past the next completed sweep." in result.stdout
    assert "rootguard simulate --history broken/root-lockout-8.yaml" in result.stdout
    assert (folder / "broken/root-lockout-8.yaml").read_text() == dump(history_of(8))


def test_json_is_one_document(rootguard: Rootguard, made: list[tuple[int, int]]) -> None:
    result = rootguard("simulate", "--seeds", 3, "--start", 7, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["seeds"], told["clean"], told["limits"]) == (3, 2, {})
    (broken,) = told["broken"]
    assert (broken["seed"], broken["invariant"]) == (8, "root-lockout")
    assert broken["history"] == dump(history_of(8))


@pytest.mark.parametrize("arguments", [("--seeds", 0), ("--seeds", 1, "--start", -1), ()])
def test_bad_input_is_told(rootguard: Rootguard, arguments: tuple[object, ...]) -> None:
    result = rootguard("simulate", *arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_a_folder_that_cannot_be_made_is_told(
    rootguard: Rootguard, made: list[tuple[int, int]], folder: Path
) -> None:
    (folder / "taken").write_text("a file")
    result = rootguard("simulate", "--seeds", 3, "--start", 7, "--out", "taken")
    assert result.exit_code == 2
    assert "taken: cannot be made" in result.stderr


def test_seeds_are_judged_alike_on_one_core_and_on_two() -> None:
    alone, together = (list(judged_all(range(6), jobs)) for jobs in (1, 2))
    assert alone == together


def test_a_failure_of_the_simulator_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(history: object) -> None:
        raise ZeroDivisionError("nothing works")

    monkeypatch.setattr(campaign, "broken_in", failing)
    seen: list[Judged] = []
    monkeypatch.setattr(campaign.Nobody, "judged", lambda _, each: seen.append(each))
    report = run_seeds(0, 1, jobs=1)
    (reproduced,) = report.broken
    assert reproduced.broken.invariant == campaign.SIMULATOR
    assert "nothing works" in reproduced.broken.what
    assert [each.seed for each in seen] == [0]


def test_a_history_without_expectations_is_judged(
    rootguard: Rootguard, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    found = Finding(BY_NAME["root-lockout"], 120.0, "Root is locked out since 90 s")
    monkeypatch.setattr("cli.simulate.histories.judge", lambda *_: Judgement((found,), {}))
    (folder / "seed.yaml").write_text("why: Nobody does anything.\nend: 60\nsteps: []\n")
    result = rootguard("simulate", "--history", "seed.yaml", "--json")
    assert result.exit_code == 1
    (told,) = json.loads(result.stdout)["histories"]
    (said,) = told["unmet"]
    assert said.startswith("root-lockout, at 120 s: Root is locked out since 90 s.")
