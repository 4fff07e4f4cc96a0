"""Where `rootguard init` writes: a whole file or none, and never over another without --force."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from cli.exits import ExitCode, TroubleError
from cli.init import file
from tests.cli.conftest import Rootguard

MINE = "name: mine\n"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_is_written_and_nothing_is_left_beside_it(folder: Path) -> None:
    file.write(Path("new.yaml"), "ä: 1\n", force=False)
    assert Path("new.yaml").read_bytes() == "ä: 1\n".encode()
    assert names_in(folder) == ["guardrail.yaml", "new.yaml"]


def test_a_file_that_is_there_stays(rootguard: Rootguard, folder: Path) -> None:
    Path("guardrail.yaml").write_text(MINE, "utf-8")
    result = rootguard("init")
    # Before AWS is asked, which does not answer here.
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is there already, and was not touched" in result.stderr
    assert "--force, which loses all that it says" in result.stderr
    assert Path("guardrail.yaml").read_text("utf-8") == MINE


def test_it_is_said_if_nothing_would_be_lost(rootguard: Rootguard) -> None:
    result = rootguard("init")
    assert result.exit_code == 2
    assert "--force, which loses nothing" in result.stderr


def test_if_aws_does_not_answer_the_file_stays_as_it_was(rootguard: Rootguard) -> None:
    before = Path("guardrail.yaml").read_bytes()
    result = rootguard("init", "--force", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["exit_code"]) == (3, 3)
    assert "aws sso login" in document["error"]
    assert Path("guardrail.yaml").read_bytes() == before


def test_a_file_that_came_meanwhile_stays(folder: Path) -> None:
    Path("new.yaml").write_text(MINE, "utf-8")
    with pytest.raises(TroubleError, match="is there already"):
        file.write(Path("new.yaml"), "other", force=False)
    assert Path("new.yaml").read_text("utf-8") == MINE
    assert names_in(folder) == ["guardrail.yaml", "new.yaml"]


def test_force_replaces_it_and_keeps_its_permissions(folder: Path) -> None:
    path = Path("guardrail.yaml")
    path.chmod(0o640)
    file.write(path, MINE, force=True)
    assert path.read_text("utf-8") == MINE
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_leads_to_the_new_text(folder: Path) -> None:
    Path("linked.yaml").symlink_to("guardrail.yaml")
    with pytest.raises(TroubleError, match="is there already"):
        file.check(Path("linked.yaml"), force=False)
    file.write(Path("linked.yaml"), MINE, force=True)
    assert Path("linked.yaml").is_symlink()
    assert Path("guardrail.yaml").read_text("utf-8") == MINE


def test_a_link_that_leads_nowhere_is_there_too(folder: Path) -> None:
    Path("linked.yaml").symlink_to("nowhere.yaml")
    with pytest.raises(TroubleError, match="is there already"):
        file.check(Path("linked.yaml"), force=False)


def test_what_cannot_be_written_leaves_the_file_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Path("guardrail.yaml").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TroubleError, match="cannot be written: No space left on device") as refused:
        file.write(Path("guardrail.yaml"), MINE, force=True)
    assert refused.value.exit_code is ExitCode.BAD_INPUT
    assert Path("guardrail.yaml").read_bytes() == before
    assert names_in(folder) == ["guardrail.yaml"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_no_file(rootguard: Rootguard, folder: Path, force: bool) -> None:
    Path("here").mkdir()
    result = rootguard("init", "--output", "here", *(["--force"] if force else []))
    assert result.exit_code == 2
    assert "here: is a folder; name a file with --output." in result.stderr


def test_json_and_the_file_cannot_share_stdout(rootguard: Rootguard) -> None:
    result = rootguard("init", "--output", "-", "--json")
    assert result.exit_code == 2
    assert "both write to stdout" in result.stderr
