"""What the README and the docs say and a machine can check: verbs, permissions, messages, links, runbooks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rootguard.domain.rules import RULES
from rootguard.notify.page import Kind
from rootguard.notify.words import exceptions as grants
from rootguard.notify.words.incidents import _HALF_UNDONE, _OUTCOMES
from stacks.config import ConfigError, Quarantine, load
from tests.stacks.authorization import actions
from tests.stacks.synthesis import guardrail, resources

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text("utf-8")
DOCS = REPOSITORY / "docs"


@pytest.mark.parametrize("function", ["guard", "notifier", "isolation"])
def test_the_permission_table_is_the_roles_policy(function: str) -> None:
    permissions = (DOCS / "permissions.md").read_text("utf-8")
    table = permissions.split(f"## The {function}'s role")[1].split("\n\n|")[1].split("\n\n")[0]
    named = set(re.findall(r"`((?:organizations|dynamodb|sns|kms|logs|sqs):\w+)` ?[,|]", table))
    shipped = load(REPOSITORY / "guardrail.yaml")
    isolating = shipped.model_copy(update={"quarantine": Quarantine(root_id="r-exam")})
    assert named == actions(isolating if function == "isolation" else shipped, function)


def test_the_table_of_rules_has_a_row_for_each_in_its_order() -> None:
    table = (DOCS / "how-it-decides.md").read_text("utf-8").split("## What is undone")[0]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == [str(n + 1) for n in range(len(RULES))]


def test_every_verb_it_names_is_in_the_makefile() -> None:
    verbs = set(re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= verbs


def test_a_stranger_reads_it_to_the_end() -> None:
    assert len(README.splitlines()) <= 150


def test_the_error_it_shows_is_the_error_one_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = next(line for line in README.splitlines() if line.startswith("guardrail.yaml:"))
    shipped = (REPOSITORY / "guardrail.yaml").read_text("utf-8")
    (tmp_path / "guardrail.yaml").write_text(shipped.replace("- root\n", "- r-exam\n"), "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as refused:
        load(Path("guardrail.yaml"))
    assert shown in str(refused.value)


PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
LINKS = [
    (page, link)
    for page in PAGES
    for link in sorted(set(re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))))
    if "://" not in link
]


@pytest.mark.parametrize(("page", "link"), LINKS, ids=[f"{p.name} {link}" for p, link in LINKS])
def test_every_link_leads_somewhere(page: Path, link: str) -> None:
    path, _, place = link.partition("#")
    target = page.parent / path if path else page
    assert target.exists()
    if place:
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
        assert place in {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("kind", Kind)
def test_every_page_has_its_runbook(kind: Kind) -> None:
    assert (DOCS / "runbooks" / f"{kind.value}.md").exists()


RUNBOOKS = DOCS / "runbooks"


@pytest.mark.parametrize(
    "headline",
    [
        *(headline for _, headline in _OUTCOMES.values()),
        _HALF_UNDONE,
        *(headline for headline, _ in grants.STATES.values()),
    ],
)
def test_every_headline_leads_to_its_runbook(headline: str) -> None:
    table = (RUNBOOKS / "README.md").read_text("utf-8")
    told = "EXCEPTION …" if headline.startswith("EXCEPTION") else headline
    (row,) = [line for line in table.splitlines() if line.startswith(f"| {told} |")]
    (name,) = re.findall(r"\]\(([a-z-]+)\.md", row)
    assert headline in (RUNBOOKS / f"{name}.md").read_text("utf-8")


def test_every_alarm_is_in_its_runbook() -> None:
    runbook = (DOCS / "runbooks" / "alarm.md").read_text("utf-8")
    told = [name.removeprefix("…") for name in re.findall(r"`(…?[A-Za-z]+)`[,| ]", runbook)]
    everything = guardrail(
        {"targets": ["root"], "restore_policy_type": True},
        quarantine={"root_id": "r-exam"},
        pages={
            "slack": {"webhook_secret": "rootguard/slack"},
            "pagerduty": {"routing_key_secret": "rootguard/pagerduty"},
        },
    )
    for alarm in resources("AWS::CloudWatch::Alarm", everything).values():
        name = alarm["AlarmName"].removeprefix("Rootguard-")
        assert any(name.endswith(known) for known in told), name
