"""The README's claims that a machine can check: verbs, permissions, messages, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stacks.config import ConfigError, load
from tests.stacks.authorization import actions

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text("utf-8")


def test_the_permission_table_is_the_roles_policy() -> None:
    table = README.split("## What it may do")[1].split("##")[0]
    told = set(re.findall(r"`((?:organizations|dynamodb|sns|kms|logs|sqs):\w+)` ?[,|]", table))
    shipped = load(REPOSITORY / "guardrail.yaml")
    assert told == actions(shipped)


def test_every_verb_it_names_is_in_the_makefile() -> None:
    verbs = set(re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= verbs


def test_the_error_it_shows_is_the_error_one_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = next(line for line in README.splitlines() if line.startswith("guardrail.yaml:"))
    shipped = (REPOSITORY / "guardrail.yaml").read_text("utf-8")
    (tmp_path / "guardrail.yaml").write_text(shipped.replace("- root\n", "- r-exam\n"), "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as refused:
        load(Path("guardrail.yaml"))
    assert shown in str(refused.value)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (REPOSITORY / link).exists()
