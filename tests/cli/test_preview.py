"""`rootguard preview`: every kind of page, of the sample and of a given incident, in every channel."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.incident import sample
from cli.preview import samples
from cli.preview.html import written as html_of
from cli.preview.outcomes import pages_of, with_result
from cli.preview.previews import laid_out
from cli.preview.run import pages
from cli.preview.slack import Part, Run, parts
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.messages import LIST_ROOT
from rootguard.notify.page import Kind, Severity
from rootguard.notify.story import Around, Story
from rootguard.notify.words import incidents
from tests.cli.conftest import REPOSITORY, Rootguard, Written
from tests.cli.telling import unattributed
from tests.cli.test_preview_file import SAMPLE, VARIANTS, as_json

OUTCOMES = {
    Result.UNDONE: "undone",
    Result.ALREADY_UNDONE: "already-undone",
    Result.NOT_UNDONE: "not-undone",
    Result.WATCHED: "not-touched",
    Result.REFUSED: "refused",
}
STAGES = {"found-by-sweep", "attributed", "again", "fight", "undecided", "clean", "put-back"}
NAMES = [*OUTCOMES.values(), *sorted(STAGES), "adopted", "exception"]
NAMES += ["written", "digest", "subscriptions", "test", "isolation", "rehearsal", "alarm", "tampered"]


@pytest.mark.parametrize("result", list(Result))
@pytest.mark.parametrize("incident", VARIANTS.values(), ids=VARIANTS)
def test_an_incident_has_a_page_of_every_outcome_its_own_first(incident: Incident, result: Result) -> None:
    found = pages_of(with_result(incident, result), Around())
    assert next(iter(found)) == OUTCOMES[result]
    has_event = incident.drift.change is not None
    assert set(found) == {*OUTCOMES.values(), *STAGES} - (set() if has_event else {"attributed", "again"})
    for name in (*OUTCOMES.values(), "clean", "put-back"):
        assert found[name].kind.value == name or found[name].headline == "UNDECIDED"


def test_its_own_page_is_the_one_that_was_sent() -> None:
    assert pages_of(SAMPLE, sample.around())["undone"] == incidents.page(
        Story(SAMPLE, around=sample.around())
    )


def test_what_no_event_has_told_of_has_no_page_that_names_someone() -> None:
    found = pages_of(replace(SAMPLE, drift=unattributed()), Around())
    assert not any("organization-operator" in page.aside for page in found.values())


def test_the_sample_has_a_page_of_every_kind_and_they_are_worded() -> None:
    found = pages("sample")
    assert list(found) == [*OUTCOMES.values(), *(name for name in found if name in STAGES), *NAMES[-10:]]
    assert {page.kind for page in found.values()} == set(Kind)
    assert found["tampered"].severity is Severity.CRITICAL
    assert "UNREADABLE" not in {page.headline for page in found.values()}
    assert not any("changed since" in line for f in found["exception"].fields for line in f.lines)


@pytest.mark.parametrize("kind", [*NAMES, "all"])
def test_each_kind_is_shown_in_every_channel(rootguard: Rootguard, kind: str) -> None:
    result = rootguard("preview", "--kind", kind)
    assert result.exit_code == 0
    for channel in ("E-mail", "SMS", "Slack", "PagerDuty"):
        assert result.stdout.count(f"─ {channel} ─") == (len(NAMES) if kind == "all" else 1)
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_without_a_kind_all_are_shown_and_its_own_first(rootguard: Rootguard, written: Written) -> None:
    name = written("incident.json", as_json(with_result(SAMPLE, Result.NOT_UNDONE)))
    shown = rootguard("preview", name).stdout
    assert shown.startswith("NOT UNDONE  ")
    assert shown.count("─ SMS ─") == len(pages(name))


def test_json_has_what_would_be_sent_and_null_for_what_would_not(rootguard: Rootguard) -> None:
    found = {page["name"]: page for page in json.loads(rootguard("preview", "--json").stdout)["pages"]}
    assert set(found) == set(NAMES)
    undone, clean, adopted = found["undone"], found["clean"], found["adopted"]
    assert undone["email"]["subject"].startswith("Rootguard UNDONE: ")
    assert len(undone["sms"]) <= 140
    assert undone["slack"]["blocks"]
    assert undone["pagerduty"]["event_action"] == "trigger"
    for told_otherwise in (clean, found["put-back"]):
        assert (told_otherwise["email"], told_otherwise["sms"]) == (None, None)
    assert clean["pagerduty"]["event_action"] == "resolve"
    assert adopted["pagerduty"]["payload"]["severity"] == "info"
    assert [name for name in NAMES if found[name]["pagerduty_acknowledged"]] == ["adopted"]


def test_what_aws_lays_out_is_shown_as_it_comes_and_names_the_organization(rootguard: Rootguard) -> None:
    found = {page["name"]: page for page in json.loads(rootguard("preview", "--json").stdout)["pages"]}
    alarm, tampered = found["alarm"], found["tampered"]
    assert alarm["sms"] == 'ALARM: "Rootguard-SweepsMissing" in US East (N. Virginia)'
    assert alarm["email"]["subject"] == alarm["sms"]
    assert f"\n{LIST_ROOT}\n" in alarm["email"]["body"]
    assert tampered["sms"].startswith("Rootguard TAMPERED: DisableRule ")
    assert tampered["email"] == {"subject": "AWS Notification Message", "body": f"{tampered['sms']}\n"}
    for name in NAMES:
        for text in (
            (found[name]["email"] or {"body": "Example Corp"})["body"],
            json.dumps(found[name]["slack"]),
        ):
            assert "Example Corp" in text or name in ("clean", "put-back")


@pytest.mark.parametrize(
    "place", [("verdict", "protection"), ("drift", "change", "id"), ("drift", "policy", "name")]
)
def test_half_a_character_breaks_no_file(
    rootguard: Rootguard, written: Written, folder: Path, place: tuple[str, ...]
) -> None:
    incident = as_json(SAMPLE)
    at = incident
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = "half \ud800 of it"
    assert rootguard("preview", written("x.json", incident), "--html", "x.html").exit_code == 0
    assert "half ? of it" in (folder / "x.html").read_text("utf-8")


def test_a_file_that_is_not_there_and_a_kind_that_is_not_are_bad_input(rootguard: Rootguard) -> None:
    for arguments, said in [(("nope.json",), "nope.json: cannot be read"), (("--kind", "nope"), "--kind: ")]:
        result = rootguard("preview", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(said)


def test_the_html_has_every_page_beside_each_other(rootguard: Rootguard, folder: Path) -> None:
    result = rootguard("preview", "--html", "pages.html")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "pages.html: written.\n")
    text = (folder / "pages.html").read_text("utf-8")
    for name in NAMES:
        assert text.count(f'<section id="{name}">') == 1
    assert text == html_of(laid_out(pages("sample"), samples.ORGANIZATION, samples.by_aws()))


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))


def named(name: str) -> dict[str, Any]:
    """The pages of an incident in which all that others name is called so."""
    drift, policy = SAMPLE.drift, SAMPLE.drift.policy
    assert drift.change is not None
    assert policy is not None
    session = f"arn:aws:sts::1:assumed-role/x/{name}"
    actor = replace(drift.change.actor, session=session, source_ip=name)
    drift = replace(drift, change=replace(drift.change, actor=actor)).seen_as(replace(policy, name=name))
    return pages_of(replace(SAMPLE, drift=drift), Around(target_name=name))


SOME_NAMES = st.text(min_size=1, max_size=60) | st.text("<>&\"'`*_|@! ab", min_size=1, max_size=60)


@given(name=SOME_NAMES)
@settings(deadline=None, max_examples=40)
def test_no_name_becomes_an_element(name: str) -> None:
    """Only Slack's own cuts, of what is too long, may differ."""
    text = html_of(laid_out(named(name)))
    plain = html_of(laid_out(named("x" * len(name))))
    code: tuple[str, list[str]] = ("code", [])
    assert [e for e in Elements(text).found if e != code] == [e for e in Elements(plain).found if e != code]


def test_slacks_text_is_shown_as_slack_reads_it() -> None:
    section = {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": "*By* &lt;b&gt; <https://x|run> `c`"}],
    }
    bold = {"type": "text", "text": "*as it is*", "style": {"bold": True}}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "<*UNDONE*>"}},
        section,
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [bold]}]},
        {"type": "divider"},
    ]
    assert parts({"blocks": blocks}) == (
        Part("header", ((Run("<*UNDONE*>"),),)),
        Part(
            "fields",
            (
                (
                    Run("By", bold=True),
                    Run(" <b> "),
                    Run("run", link="https://x"),
                    Run(" "),
                    Run("c", code=True),
                ),
            ),
        ),
        Part("text", ((Run("*as it is*", bold=True),),)),
        Part("code", ((Run('{\n  "type": "divider"\n}'),),)),
    )


def test_the_sample_is_what_the_command_writes() -> None:
    sample = (REPOSITORY / "docs" / "samples" / "pages.html").read_text("utf-8")
    told = "docs/samples/pages.html is old: docs/samples/README.md says how to write it"
    assert html_of(laid_out(pages("sample"), samples.ORGANIZATION, samples.by_aws())) == sample, told
