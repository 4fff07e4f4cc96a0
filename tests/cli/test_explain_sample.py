"""`rootguard explain --sample`: two files to start from, which explain a whole incident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Rootguard, Written

FACTS = (Path(__file__).parents[2] / "docs" / "facts.md").read_text("utf-8")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_what_it_writes_can_be_explained_at_once(
    rootguard: Rootguard, folder: Path, more: tuple[str, ...]
) -> None:
    written = rootguard("explain", "--sample", *more)
    assert (written.exit_code, written.stderr) == (0, "")
    assert {path.name for path in folder.glob("*.json")} == {"event.json", "facts.json"}
    document = json.loads(rootguard("explain", "event.json", "--facts", "facts.json", "--json").stdout)
    assert (document["verdict"], document["reason"]) == ("revert", "violation")
    # The facts leave nothing open.
    assert document["assumptions"] == []


def test_its_exception_permits_what_was_meant(rootguard: Rootguard, folder: Path, written: Written) -> None:
    rootguard("explain", "--sample")
    event = json.loads((folder / "event.json").read_text("utf-8"))
    event["requestParameters"]["targetId"] = "ou-exam-quarantine"
    everything = {"name": "all", "targets": ["root"], "include_descendants": True}
    config = written("mine.yaml", {"protections": [everything]})
    result = rootguard(
        "explain", written("meant.json", event), "--facts", "facts.json", "--json", "-c", config
    )
    assert json.loads(result.stdout)["reason"] == "exception"


def test_what_is_there_is_not_written_over(rootguard: Rootguard, folder: Path, written: Written) -> None:
    written("facts.json", "mine")
    result = rootguard("explain", "--sample")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("facts.json: here already")
    assert (folder / "facts.json").read_text("utf-8") == "mine"
    assert not (folder / "event.json").exists()


@pytest.mark.parametrize(
    "arguments", [(), ("event.json", "--sample"), ("--sample", "--facts", "facts.json"), ("--facts", "x")]
)
def test_it_is_a_record_or_the_sample(rootguard: Rootguard, arguments: tuple[str, ...]) -> None:
    result = rootguard("explain", *arguments)
    assert result.exit_code == 2
    assert "either EVENT.json, or --sample" in " ".join(result.stderr.replace("│", "").split())


def test_the_page_describes_each_key(rootguard: Rootguard, folder: Path) -> None:
    rootguard("explain", "--sample")
    facts = json.loads((folder / "facts.json").read_text("utf-8"))
    for key, value in facts.items():
        assert f"`{key}`" in FACTS
        entries = value if isinstance(value, list) else [value] if key == "organization" else []
        for name in (name for entry in entries for name in entry):
            assert f"`{name}`" in FACTS
