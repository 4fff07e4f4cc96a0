"""The stack is broken in many ways, a few at a time, and `rootguard doctor` has to find each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import Any, Final

from drill.scenarios.scenario import Scenario
from drill.setups import SETUPS, Setup, in_good_health
from drill.stage import NothingHappenedError, Stage

_WHO: Final = "doctor"
_FINDS: Final = "finds: "
_SECONDS: Final = 60


def _replay(stage: Stage) -> None:
    with in_good_health(stage):
        stage.begin()
        for setups in _rounds():
            with ExitStack() as broken:
                for setup in setups:
                    stage.note("somebody", setup.done, moment="incident")
                    broken.enter_context(setup.on(stage))
                findings = _findings(stage)
            for setup in setups:
                if found := _found(setup, findings):
                    stage.note(_WHO, f"{_FINDS}{found}", moment="clean")
                else:
                    stage.note(_WHO, f"does not find that somebody {setup.done}")


def _rounds() -> list[list[Setup]]:
    """Return the set-ups in rounds. In a round each is another check's, so that none hides another."""
    rounds: list[list[Setup]] = []
    for setup in SETUPS:
        room = next((each for each in rounds if setup.check not in {other.check for other in each}), None)
        if room is None:
            rounds.append([setup])
        else:
            room.append(setup)
    return rounds


def _found(setup: Setup, findings: list[dict[str, Any]]) -> str:
    """Return what the check of a set-up says of it; empty if it says nothing."""
    return next(
        (
            str(finding["what"])
            for finding in findings
            if (finding["check"], finding["level"]) == (setup.check, setup.level)
            and setup.told in finding["what"]
        ),
        "",
    )


def _findings(stage: Stage) -> list[dict[str, Any]]:
    """Run the command as people do, and return its findings. Raises NothingHappenedError."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "rootguard", "doctor", "--json", "-c", str(stage.aws.home / "guardrail.yaml")],
        env={**kept, **stage.aws.settings()},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    try:
        findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    except (ValueError, KeyError) as error:
        raise NothingHappenedError(f"rootguard doctor did not answer: {done.stderr}") from error
    return findings


def _each_is_found(stage: Stage) -> bool:
    found = [note for note in stage.notes if note.who == _WHO and note.what.startswith(_FINDS)]
    return len(found) == len(SETUPS)


DOCTOR_FINDS = Scenario(
    name="doctor-finds",
    title="the set-up is broken in many ways, and rootguard doctor finds each",
    play=_replay,
    must={f"doctor finds each of {len(SETUPS)} broken set-ups": _each_is_found},
)
