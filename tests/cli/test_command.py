"""What holds for every verb: help, usage errors, pipes and closed streams, interruption."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from cli.main import app
from tests.cli.conftest import REPOSITORY, Rootguard, Written, process
from tests.given import attach


def test_help_names_every_verb_and_every_exit_code(rootguard: Rootguard) -> None:
    result = rootguard("--help")
    assert result.exit_code == 0
    verbs = (
        "init",
        "validate",
        "explain",
        "drill",
        "simulate",
        "preview",
        "page",
        "incident",
        "exception",
        "redrive",
    )
    more = ("doctor", "isolate", "prevention", "0 fine", "1 a finding", "2 bad input", "3 AWS refused")
    for word in (*verbs, *more):
        assert word in result.stdout
    assert "--install-completion" in result.stdout


@pytest.mark.parametrize(
    "verb",
    [
        "init",
        "validate",
        "explain",
        "drill",
        "simulate",
        "preview",
        "incident list",
        "incident show",
        "incident report",
        "prevention audit",
        "prevention delegation",
        "redrive",
        "isolate",
        "release",
        "isolated",
        "isolation report",
        "doctor",
    ],
)
def test_each_verb_has_json_and_says_how_it_exits(rootguard: Rootguard, verb: str) -> None:
    result = rootguard(*verb.split(), "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout
    assert "Exit codes" in result.stdout


def verbs(command: object, *above: str) -> Iterator[tuple[str, ...]]:
    """The words that lead to each verb and each group of verbs."""
    yield above
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from verbs(below, *above, name)


@pytest.mark.parametrize("verb", list(verbs(typer.main.get_command(app))), ids=" ".join)
def test_a_flag_has_no_type_beside_its_name(rootguard: Rootguard, verb: tuple[str, ...]) -> None:
    shown = rootguard(*verb, "--help").stdout
    assert "--help" in shown
    assert "bool" not in shown


def test_the_version_is_that_of_this_checkout(rootguard: Rootguard) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    result = rootguard("--version")
    assert (result.exit_code, result.stdout) == (0, f"rootguard {project['version']}\n")


def test_python_runs_it_as_a_module_too(folder: Path) -> None:
    command = [sys.executable, "-m", "rootguard", "validate"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "guardrail.yaml is valid" in done.stdout


@pytest.mark.parametrize("arguments", [("explain",), ("validate", "--nope"), ("attach",)])
def test_wrong_usage_is_bad_input(rootguard: Rootguard, arguments: tuple[str, ...]) -> None:
    result = rootguard(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr != ""


GRANT = ("exception", "grant", "--policy", "p-12345678", "--target", "root", "--reason", "x")
ISOLATE = ("isolate", "444455556666", "--reason", "x")
NO_SUCH_EVENT = "5c1f0e9a-2b7d-4e63-9a41-0d8f6b2c7e15"


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("explain", "nowhere.json"), 2),
        (("explain", "event.json"), 3),
        (("explain", "event.json", "-c", "nowhere.yaml"), 2),
        (("preview", "nowhere.json"), 2),
        (("preview", "--kind", "nope"), 2),
        (("preview", "--html", "nowhere/x.html"), 2),
        (("preview", NO_SUCH_EVENT), 3),
        (("incident", "list"), 3),
        (("incident", "show", NO_SUCH_EVENT), 3),
        (("incident", "show", "sample", "--zone", "Mars/Olympus"), 2),
        (("incident", "report", NO_SUCH_EVENT), 3),
        (("incident", "report", "sample", "--out", "nowhere/x.md"), 2),
        ((*GRANT, "--for", "never"), 2),
        (GRANT, 3),
        (("exception", "list"), 3),
        (("exception", "revoke", "--policy", "p-12345678", "--target", "root"), 3),
        (("exception", "revoke", "--policy", "nope", "--target", "root"), 2),
        (("redrive",), 3),
        (("prevention", "audit", "-c", "nowhere.yaml"), 2),
        (("prevention", "delegation", "--account", "nobody"), 2),
        (("prevention", "delegation"), 2),
        (ISOLATE, 3),
        ((*ISOLATE, "--reason", " "), 2),
        (("release", "nope", "--reason", "x"), 2),
        (("isolated",), 3),
        (("isolation", "report"), 3),
        (("isolation", "report", "nope"), 2),
        (("doctor",), 3),
        (("doctor", "-c", "nowhere.yaml"), 2),
        (("init",), 2),
        (("drill", "--scenario", "nope"), 2),
        # What typer refuses before a verb is there.
        (("explain",), 2),
        (("nope",), 2),
        (("--nope",), 2),
        (("validate", "--nope"), 2),
        (("incident", "report", "sample", "--format", "pdf"), 2),
        (("exception", "grant"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_with_json_trouble_is_one_document_too(
    rootguard: Rootguard, written: Written, arguments: tuple[str, ...], exit_code: int
) -> None:
    written("event.json", attach())
    plain = rootguard(*arguments)
    assert (plain.exit_code, plain.stdout) == (exit_code, "")
    result = rootguard(*arguments, "--json")
    document = json.loads(result.stdout)
    assert set(document) == {"error", "exit_code"}
    assert document["exit_code"] == result.exit_code == exit_code
    assert result.stderr == plain.stderr
    assert document["error"]


@pytest.mark.parametrize(
    ("first", "exit_code"),
    [
        ("import cli.validate.run as verb\ndef run(*_, **__): raise KeyboardInterrupt\nverb.run = run", 130),
        ("import sys; sys.modules['yaml'] = None", 2),
        ("import cli.validate.run as verb\ndef run(*_, **__): raise OSError('disk')\nverb.run = run", 2),
    ],
)
def test_with_json_every_end_is_one_document(first: str, exit_code: int) -> None:
    result = process("validate", "--json", first=first)
    assert json.loads(result.stdout) == {"error": result.stderr.rstrip("\n"), "exit_code": exit_code}
    assert result.returncode == exit_code


def test_help_loads_nothing_that_is_slow() -> None:
    report = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{m.partition('.')[0] for m in sys.modules}, file=sys.stderr))"
    )
    loaded = process("--help", first=report).stderr.split()
    assert "typer" in loaded
    assert not {"boto3", "botocore", "aws_cdk", "pydantic", "yaml", "drill", "stacks"} & set(loaded)


@pytest.mark.parametrize("arguments", [("validate",), ("validate", "--json")])
def test_a_reader_that_leaves_early_is_no_error_message(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = process(*arguments, stdout=writer)
    os.close(writer)
    assert result.stderr == ""
    assert result.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("arguments", [("validate",), ("validate", "--json")])
def test_a_full_disk_is_reported_in_one_line(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result = process(*arguments, stdout=full)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "No space left on device" in result.stderr


def test_closed_streams_do_not_matter() -> None:
    result = process("validate", first="import sys; sys.stdout = sys.stderr = None")
    assert (result.returncode, result.stderr) == (0, "")


def test_ctrl_c_ends_with_one_line_and_130() -> None:
    interrupted = (
        "import cli.validate.run as verb\ndef run(*_, **__): raise KeyboardInterrupt\nverb.run = run"
    )
    result = process("validate", first=interrupted)
    assert (result.returncode, result.stderr) == (130, "Interrupted.\n")


def test_a_missing_package_is_named_with_how_to_install_it() -> None:
    result = process("validate", first="import sys; sys.modules['yaml'] = None")
    assert result.returncode == 2
    assert "yaml" in result.stderr
    assert "pip install" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_the_terminal_cannot_show_is_shown_otherwise() -> None:
    result = process("validate", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.isascii()
    assert result.stdout.startswith("+ guardrail.yaml is valid")


C_LOCALE = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""Python itself takes UTF-8 in the C locale, unless it is set not to."""
SURNAME = "Müller 田中"


def test_what_goes_into_a_file_is_utf_8_in_every_locale(written: Written, folder: Path) -> None:
    incident = json.loads(process("incident", "show", "sample", "--json").stdout)
    incident["incident"]["drift"]["policy"]["name"] = SURNAME
    shown = process("preview", written("x.json", incident), env=C_LOCALE, encoding="utf-8")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert SURNAME in shown.stdout
    # Marks are written as they are where they can be.
    assert process("validate", env=C_LOCALE, encoding="utf-8").stdout.startswith("✓ ")
    report = process("incident", "report", "sample", "--zone", "Asia/Tokyo", env=C_LOCALE, encoding="utf-8")
    assert "✕ shop" in report.stdout


def test_a_terminal_that_shows_ascii_alone_gets_the_marks_in_ascii() -> None:
    leader, terminal = os.openpty()
    env = {**C_LOCALE, "COLUMNS": "80", "TERM": "dumb"}
    result = process("incident", "show", "sample", stdout=terminal, env=env)
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # how a terminal of Linux ends
        while chunk := os.read(leader, 65_536):
            shown += chunk
    os.close(leader)
    assert (result.returncode, result.stderr) == (0, "")
    assert shown.isascii()
    assert b"x  2023-12-05 08:15:02 UTC" in shown
    assert b"+  2023-12-05 08:15:19 UTC" in shown
    assert b"> decides" in shown
    assert b"?" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",),
        ("explain", "event.json", "--facts", "facts.json"),
        ("incident", "show", "sample"),
        ("preview",),
        ("drill", "--list"),
    ],
    ids=" ".join,
)
def test_no_line_of_a_file_ends_in_spaces(
    rootguard: Rootguard, written: Written, arguments: tuple[str, ...]
) -> None:
    written("event.json", attach())
    written("facts.json", {})
    lines = rootguard(*arguments).stdout.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


def test_no_colour_where_none_is_wanted() -> None:
    result = process("validate", env={**os.environ, "NO_COLOR": "1"})
    assert "\x1b" not in result.stdout
