"""What a shell needs to complete the command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import process

BY_ITS_NAME = "import sys; sys.argv[0] = 'rootguard'"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete_it(tmp_path: Path, shell: str) -> None:
    # The shell is named here, and not looked for among the processes above.
    home = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    installed = process("--install-completion", shell, env=home, first=BY_ITS_NAME)
    assert (installed.returncode, installed.stderr) == (0, "")
    scripts = [path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    assert any("_ROOTGUARD_COMPLETE" in script for script in scripts)


def test_it_completes_verbs() -> None:
    asked = {"_ROOTGUARD_COMPLETE": "complete_bash", "COMP_WORDS": "rootguard inc", "COMP_CWORD": "1"}
    assert process(env={**os.environ, **asked}, first=BY_ITS_NAME).stdout.split() == ["incident"]
