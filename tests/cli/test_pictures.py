"""`make pictures`: samples and pictures come from the commands that README of the samples names."""

from __future__ import annotations

import hashlib
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Rootguard

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = DOCS / "samples" / "pictures.py"
PICTURES = runpy.run_path(str(SCRIPT))["PICTURES"]
BROWSER = """#!/bin/bash
for option in "$@"; do
  case "$option" in --screenshot=*) echo "a picture" >"${option#--screenshot=}" ;; esac
done
"""


def noted() -> dict[str, str]:
    lines = (DOCS / "images" / "sources.sha256").read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_of_what_its_command_writes(rootguard: Rootguard, tmp_path: Path, name: str) -> None:
    command, _ = PICTURES[name]
    page = tmp_path / "page.html"
    assert rootguard(*command, str(page)).exit_code == 0
    assert hashlib.sha256(page.read_bytes()).hexdigest() == noted()[name], "Run: make pictures"


def taken(place: Path, browser: str) -> subprocess.CompletedProcess[str]:
    for folder in ("samples", "images"):
        (place / "docs" / folder).mkdir(parents=True)
    script = Path(shutil.copy(SCRIPT, place / "docs" / "samples"))
    command = [sys.executable, str(script)]
    return subprocess.run(
        command, env=os.environ | {"CHROMIUM": browser}, capture_output=True, text=True, check=False
    )


def test_it_writes_the_samples_and_takes_the_pictures(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(BROWSER, "utf-8")
    browser.chmod(0o755)
    done = taken(tmp_path, str(browser))
    assert done.returncode == 0, done.stderr
    for sample in ("pages.html", "report.md", "report.html", "isolation.md"):
        written = (tmp_path / "docs" / "samples" / sample).read_bytes()
        assert written == (DOCS / "samples" / sample).read_bytes()
    for picture in PICTURES:
        assert (tmp_path / "docs" / "images" / picture).read_text("utf-8") == "a picture\n"
    sources = (tmp_path / "docs" / "images" / "sources.sha256").read_bytes()
    assert sources == (DOCS / "images" / "sources.sha256").read_bytes()


def test_a_browser_that_takes_no_picture_is_an_error(tmp_path: Path) -> None:
    done = taken(tmp_path, "/bin/true")
    assert done.returncode == 1
    assert "took no picture" in done.stderr


def test_without_a_browser_it_says_what_to_do_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in DOCS.rglob("*")}
    assert runpy.run_path(str(SCRIPT))["main"]() == 2
    assert "CHROMIUM=/path/to/chrome make pictures" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in DOCS.rglob("*")}
