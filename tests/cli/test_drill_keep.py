"""`rootguard drill --keep` and `--stop`: a local AWS that stays. It is a stand-in here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cli.drill import keep
from cli.signals import EndedError
from tests.cli.conftest import Rootguard
from tests.cli.test_drill import RESULT, DrillError, UnknownScenarioError

SETTINGS = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_CONFIG_FILE": "/a folder/none"}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / ".drill" / "kept.json"
    monkeypatch.setattr(keep, "_KEPT", path)
    return path


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Callable[[KeyboardInterrupt], list[str]]:
    """Let a drill be kept until a signal ends it; return what happened on its stage."""

    def end(signalled: KeyboardInterrupt) -> list[str]:
        happened: list[str] = []

        @contextmanager
        def rehearsed(name: str, on_step: Callable[[str], None]) -> Iterator[tuple[dict[str, Any], Any]]:
            on_step("replay the incident")
            yield (
                {**RESULT, "scenario": name},
                SimpleNamespace(
                    aws=SimpleNamespace(settings=lambda: SETTINGS, home=Path("/a folder")),
                    root="r-exam",
                    made=["p-11111111", "p-22222222"],
                    schedule=lambda *, is_on: happened.append(f"schedule {is_on}"),
                ),
            )
            happened.append("stopped")

        stand_in = ModuleType("drill.run")
        stand_in.__dict__.update(
            rehearsed=rehearsed, DrillError=DrillError, UnknownScenarioError=UnknownScenarioError
        )
        monkeypatch.setitem(sys.modules, "drill.run", stand_in)

        def pause() -> None:
            raise signalled

        monkeypatch.setattr("signal.pause", pause)
        return happened

    return end


@pytest.mark.parametrize("signalled", [KeyboardInterrupt(), EndedError(signal.SIGTERM)])
def test_it_says_how_to_use_it_and_ends_by_a_signal(
    rootguard: Rootguard,
    kept: Path,
    ended: Callable[[KeyboardInterrupt], list[str]],
    signalled: KeyboardInterrupt,
) -> None:
    happened = ended(signalled)
    result = rootguard("drill", "--keep")
    assert result.exit_code == 0
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:4566\n" in result.stdout
    assert "export AWS_CONFIG_FILE='/a folder/none'\n" in result.stdout
    assert "rootguard status -c '/a folder/guardrail.yaml'\n" in result.stdout
    assert "rootguard exception grant --policy p-22222222 --target r-exam --for 1h" in result.stdout
    assert happened == ["schedule True", "stopped"]
    assert not kept.exists()


def test_a_second_one_is_refused(
    rootguard: Rootguard, kept: Path, ended: Callable[[KeyboardInterrupt], list[str]]
) -> None:
    happened = ended(KeyboardInterrupt())
    kept.parent.mkdir()
    kept.write_text(json.dumps({"pid": os.getpid()}))
    result = rootguard("drill", "--keep")
    assert (result.exit_code, happened) == (2, [])
    assert f"kept already, by process {os.getpid()}" in result.stderr


def test_stop_ends_the_process_that_keeps_one(rootguard: Rootguard, kept: Path) -> None:
    kept.parent.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as keeper:
        kept.write_text(json.dumps({"pid": keeper.pid}))
        # A parent must take note of the end of its child; a shell does so by itself.
        signal.signal(signal.SIGCHLD, lambda *_: keeper.poll())
        try:
            result = rootguard("drill", "--stop")
        finally:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        assert (result.exit_code, keeper.wait()) == (0, -signal.SIGTERM)


@pytest.mark.parametrize("left", [None, "", '{"pid": 4194303}'], ids=["nothing", "half a file", "a dead one"])
def test_where_none_is_kept_stop_says_so(rootguard: Rootguard, kept: Path, left: str | None) -> None:
    if left is not None:
        kept.parent.mkdir()
        kept.write_text(left)
    result = rootguard("drill", "--stop")
    assert result.exit_code == 2
    assert "no local AWS is kept; start one: rootguard drill --keep" in result.stderr
