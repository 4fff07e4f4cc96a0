"""README's section "Deploy", followed word for word: its own commands, in order, on a local AWS.

They run in a copy of this checkout, at a terminal, with the real CDK CLI. What README says and does not work,
or does not lead to the next command, fails here.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drill.deployment import REPOSITORY, Deployment, environment
from drill.local_aws import LocalAws
from drill.setups import a_trail
from drill.stage import Stage
from stacks.names import STACK
from tests.e2e.terminal import Ended, Terminal

README = (REPOSITORY / "README.md").read_text("utf-8")
SECTION = "Deploy"
ONCALL = ("oncall@example.com", "+12065550100")
EDITOR = f"""#!/bin/bash
sed -i -e 's/^  email: \\[\\]/  email: [{ONCALL[0]}]/' -e 's/^  sms: \\[\\]/  sms: ["{ONCALL[1]}"]/' "$1"
"""
ANSWERS = {"(y/n)": "y"}
"""What the reader types, by the end of the question."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who follows README: on which AWS, in which checkout, at which terminal."""

    aws: LocalAws
    checkout: Path
    terminal: Terminal

    def stacks(self) -> set[str]:
        """The stacks that are deployed."""
        listed = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        return {stack["StackName"] for stack in listed if stack["StackStatus"] != "DELETE_COMPLETE"}


def link_to_what_is_installed(reader: Reader) -> Ended:
    venv = reader.checkout / ".venv"
    venv.mkdir()
    for part in (REPOSITORY / ".venv").iterdir():
        if part.name != ".installed":
            (venv / part.name).symlink_to(part)
    (reader.checkout / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (venv / ".installed").write_text(f"{reader.checkout.resolve()}\n", "utf-8")
    return Ended(0, "", ())


# All that is not run as README has it: what is done instead, and why.
REPLACED: dict[str, tuple[Callable[[Reader], Ended], str]] = {
    "make install": (
        link_to_what_is_installed,
        "it takes minutes, 800 MB and the network; tests/test_make.py has what it does",
    ),
}
# The commands that may end otherwise than with 0, and why.
ENDS: dict[str, tuple[set[int], str]] = {
    ".venv/bin/rootguard status": ({1}, "the local AWS counts no sweeps, so none is on record"),
}


def commands(markdown: str) -> list[str]:
    """Every line of the fenced blocks of the section, in order, as a reader copies it."""
    (text,) = re.findall(rf"^## {SECTION}\n(.*?)(?=^## |\Z)", markdown, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```(?:sh|shell)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def bare(command: str) -> str:
    """A command without the comment behind it."""
    return re.split(r"\s+#", command)[0]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    checkout = tmp_path / "rootguard"
    ignored = (REPOSITORY / ".gitignore").read_text("utf-8").replace("/", "").split()
    shutil.copytree(REPOSITORY, checkout, ignore=shutil.ignore_patterns(".git", *ignored))
    editor = tmp_path / "editor"
    editor.write_text(EDITOR, "utf-8")
    editor.chmod(0o755)
    with LocalAws.start() as aws:
        Stage.build(aws, Deployment({}))
        here = environment(aws) | {
            "EDITOR": str(editor),
            # What is installed names this checkout; the copy's own modules come before it.
            "PYTHONPATH": os.pathsep.join([str(checkout), str(checkout / "lambdas")]),
        }
        # README asks for one.
        with a_trail(aws):
            yield Reader(aws, checkout, Terminal(checkout, here, ANSWERS))


def test_what_is_replaced_is_there() -> None:
    named = {bare(command) for command in commands(README)}
    assert {*REPLACED, *ENDS} <= named
    for verb in ("make bootstrap", "make deploy", "make destroy"):
        assert verb in named


def test_the_section_leads_to_where_it_says(reader: Reader) -> None:
    followed: dict[str, Ended] = {}
    seen: dict[str, set[str]] = {}
    for command in commands(README):
        what = bare(command)
        instead, _ = REPLACED.get(what, (None, ""))
        ended = instead(reader) if instead else reader.terminal.run(command)
        allowed, _ = ENDS.get(what, ({0}, ""))
        assert ended.code in allowed, f"$ {command}\n{ended.screen}"
        followed[what], seen[what] = ended, reader.stacks()
    assert "CDKToolkit" in seen["make bootstrap"]
    assert STACK in seen["make deploy"]
    # Both ask before they change anything, as docs/deploying.md and docs/upgrade.md say.
    assert [len(followed[verb].asked) for verb in ("make deploy", "make destroy")] == [1, 1]
    for address in ONCALL:
        assert address in followed[".venv/bin/rootguard status"].screen
    tests = [page for page in reader.aws.pages() if "TEST" in page["text"]]
    assert {page["endpoint"] for page in tests} == set(ONCALL)
    assert STACK not in seen["make destroy"]
