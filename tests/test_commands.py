"""Every command that README, the docs and the benches name runs here, in its shortest form.

What stands for something of the reader's own, as p-…, gets a made-up value. A verb that asks AWS ends with 3
here.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel
from typer.testing import CliRunner

import drill.run
from cli.main import app
from drill.scenarios import SCENARIOS
from tests.cli.test_drill import RESULT
from tests.given import attach

REPOSITORY = Path(__file__).parents[1]
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]
BENCHES = sorted((REPOSITORY / "bench").glob("*.py"))
PROGRAMS = {"make", "rootguard", "python", "aws"}
PLACEHOLDERS = {"p-…": "p-12345678", "r-…": "r-exam", "i-…": "i-e8945bfa2221", "ou-…": "ou-exam-12345678"}
HISTORY = "why: nothing happens\nsteps: []\nend: 200\n"
# Named as such, without what they need.
ONLY_NAMED = {
    f"rootguard {verb}" for verb in ("exception grant", "explain", "init", "isolate", "release", "simulate")
}
# These last until someone ends them, or change the reader's shell: tests/cli has a test of each.
LASTING = {"rootguard drill --keep", "rootguard --install-completion"}
AWS_OPTIONS = {"--cli-binary-format", "--region", "--profile", "--output", "--query"}


def commands() -> Iterator[str]:
    """Each command once, as it is written but for a comment behind it."""
    for page in PAGES:
        text = page.read_text("utf-8")
        fenced = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
        for block in fenced.findall(text):
            yield from (re.split(r"\s+# ", line.strip().removeprefix("$ "))[0] for line in block.splitlines())
        yield from (" ".join(inline.split()) for inline in re.findall(r"`([^`]+)`", fenced.sub("", text)))
    for bench in BENCHES:
        yield from re.findall(r"^Run: (.+)$", bench.read_text("utf-8"), re.MULTILINE)


def words(command: str) -> list[str]:
    """The words of a command, its program by its plain name; nothing if it is none of ours."""
    try:
        found = shlex.split(command)
    except ValueError:  # prose with an apostrophe
        return []
    while found and re.fullmatch(r"[A-Z_]+=\S*", found[0]):
        found.pop(0)
    if found and found[0].startswith("bench/"):
        found.insert(0, "python")
    found[:1] = [found[0].removeprefix(".venv/bin/")] if found else []
    return found if len(found) > 1 and found[0] in PROGRAMS else []


NAMED = sorted({command.strip() for command in commands() if words(command)})


def of(program: str) -> pytest.MarkDecorator:
    """Run a test for each command of a program."""
    return pytest.mark.parametrize(
        "command", [c for c in NAMED if words(c)[0] == program and c not in LASTING]
    )


def test_commands_are_found_in_every_form() -> None:
    assert {"make drill", "rootguard simulate --seeds 2000", "bench/detach.py"} <= set(NAMED)
    assert {words(command)[0] for command in NAMED} == PROGRAMS


@of("make")
def test_each_verb_of_make_is_there(command: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", *words(command)[1:]],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def rehearsed(name: str, on_step: Callable[[str], None]) -> dict[str, Any]:
    """A report without its drill. tests/e2e rehearses every scenario there is, on one local AWS."""
    if name not in SCENARIOS:
        raise drill.run.UnknownScenarioError(name)
    on_step("replay the incident")
    return {**RESULT, "scenario": name}


@of("rootguard")
def test_each_command_of_rootguard_runs(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, credentials: None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(drill.run, "run_scenario", rehearsed)
    arguments = [PLACEHOLDERS.get(word, word) for word in words(command)[1:]]
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == "--seeds":
            arguments[arguments.index(word) + 1] = "1"
        elif word in {"--out", "--html"}:
            Path(following).parent.mkdir(parents=True, exist_ok=True)
        elif word.endswith(".yaml"):
            Path(word).parent.mkdir(parents=True, exist_ok=True)
            Path(word).write_text(HISTORY, "utf-8")
        elif word in {"record.json", "event.json"}:
            Path(word).write_text(json.dumps(attach()), "utf-8")
        elif word == "facts.json":
            Path(word).write_text("{}", "utf-8")
    if command in ONLY_NAMED:
        arguments.append("--help")
    Path("guardrail.yaml").write_bytes((REPOSITORY / "guardrail.yaml").read_bytes())
    done = CliRunner().invoke(app, arguments)
    # 1 is a finding, 3 is no AWS. 2 would be a command that is called wrongly.
    assert done.exit_code in (0, 1, 3), done.output


SHORTEST = {
    "bench/at_detach.py": ("known",),
    "bench/cold_start.py": ("1",),
    "bench/detach.py": ("1",),
    "bench/documents.py": ("1",),
    # tests/bench runs it as a whole, on a small tree.
    "bench/mutants.py": ("--help",),
}


@pytest.mark.parametrize("bench", SHORTEST)
def test_each_bench_runs(bench: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / bench), *SHORTEST[bench]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "lambdas")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("bench", "wrong"),
    [(bench, "nope") for bench in SHORTEST if "mutants" not in bench] + [("bench/mutants.py", "--nope")],
)
def test_a_bench_refuses_what_it_does_not_know(bench: str, wrong: str) -> None:
    command = [sys.executable, str(REPOSITORY / bench), wrong]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert wrong in done.stderr
    assert "Traceback" not in done.stderr


# What tests run elsewhere: tests/cli/test_command.py, tests/stacks/test_config_schema.py, and
# tests/lockout/test_documents_reference.py.
MODULES = {"rootguard", "stacks.config", "tests.lockout.many"}


@of("python")
def test_each_command_of_python_is_run(command: str) -> None:
    script, *more = words(command)[1:]
    assert (script == "-m" and more[0] in MODULES) or script in SHORTEST


def test_each_bench_that_says_how_to_run_it_is_run() -> None:
    runnable = {f"bench/{b.name}" for b in BENCHES if "\nRun: " in b.read_text("utf-8")}
    assert runnable == set(SHORTEST)


@functools.cache
def service_model(service: str) -> ServiceModel:
    """What the SDK knows of a service. Reading that takes longer than all the rest."""
    return botocore.session.get_session().get_service_model(service)


@of("aws")
def test_each_command_of_the_aws_cli_is_one(command: str) -> None:
    _, service, operation, *options = words(command)
    model = service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations
    shape = model.operation_model(operations[operation]).input_shape
    assert shape
    known = {f"--{xform_name(member, '-')}" for member in shape.members} | AWS_OPTIONS
    # Of a boolean, --no-… is the other half.
    given = {option.replace("--no-", "--") for option in options if option.startswith("--")}
    assert given <= known
