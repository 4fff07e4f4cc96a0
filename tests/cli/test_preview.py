"""`rootguard preview`: every kind of page, of the sample and of a given incident, in every channel."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from cli.incident import sample as incident_sample
from cli.exits import TroubleError
from cli.preview import laid_out, outcomes, pages
from cli.preview_html import written as html_of
from cli.preview_incident import incident_of, with_result
from cli.preview_slack import Part, Run, parts
from cli.preview_view import show
from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.facts import BaselinePolicy, Policy
from rootguard.domain.remedy import Attach, EnableType, Move, Restore
from rootguard.domain.verdict import Hindrance
from rootguard.incidents.incident import Incident, Reach, Restoring, Result
from rootguard.notify.document import document, record
from rootguard.notify.page import Kind, Severity
from tests.cli.conftest import REPOSITORY, Rootguard, Written
from tests.cli.mutations import mutated
from tests.given import DENY_ALL_OF_ANOTHER

SAMPLE = incident_sample.incident()
OUTCOMES = {Kind.UNDONE, Kind.ALREADY_UNDONE, Kind.NOT_UNDONE, Kind.WATCHED, Kind.REFUSED, Kind.CLEAN}


def as_json(incident: Incident) -> Any:
    """What the topic carries of it."""
    return json.loads(json.dumps(document(incident)))


def read_back(incident: Incident) -> Incident:
    return incident_of(as_json(incident), "x.json")


def change(**different: Any) -> Incident:
    changed = replace(SAMPLE.change, **different)
    verdict = replace(SAMPLE.verdict, change=changed, target_id=changed.target_id)
    return replace(SAMPLE, change=changed, verdict=verdict)


MOVED = change(
    kind=ChangeKind.ACCOUNT_MOVED,
    policy_id="",
    target_id="444455556666",
    source_id="ou-exam-from0000",
    destination_id="ou-exam-to000000",
)
VARIANTS = {
    "undone": SAMPLE,
    "not undone": with_result(SAMPLE, Result.NOT_UNDONE),
    "watched": with_result(SAMPLE, Result.WATCHED),
    "a fight": replace(
        with_result(SAMPLE, Result.WATCHED), verdict=replace(SAMPLE.verdict, hindrance=Hindrance.FIGHT)
    ),
    "uncounted": replace(SAMPLE, reach=Reach(), remembered=False, target_name="Quarantine"),
    "cut short": replace(SAMPLE, reach=Reach(200, complete=False)),
    "unread": replace(SAMPLE, policy=None),
    "judged by the organization's id": replace(
        SAMPLE,
        policy=Policy(
            "p-8vq2m7xa",
            "SERVICE_CONTROL_POLICY",
            content=DENY_ALL_OF_ANOTHER,
            organization_id="o-exampleorgid",
        ),
    ),
    "moved": replace(
        MOVED, policy=None, done=(Move("444455556666", "ou-exam-to000000", "ou-exam-from0000"),)
    ),
    "last of its type": replace(SAMPLE, done=(Attach("p-FullAWSAccess", "r-exam"), *SAMPLE.done)),
    "type disabled": replace(
        change(kind=ChangeKind.TYPE_DISABLED, policy_id="", policy_type="SERVICE_CONTROL_POLICY"),
        policy=None,
        done=(EnableType("SERVICE_CONTROL_POLICY", "r-exam"),),
        restoring=Restoring(12, SAMPLE.change.at),
    ),
}


@pytest.mark.parametrize("incident", VARIANTS.values(), ids=VARIANTS)
def test_an_incident_comes_back_from_its_json(incident: Incident) -> None:
    assert read_back(incident) == incident


def test_an_edit_comes_back_but_for_the_text_that_it_had() -> None:
    edited = change(kind=ChangeKind.UPDATED)
    restored = replace(edited, done=(Restore("p-8vq2m7xa", "r-exam", BaselinePolicy("Old", "{}")),))
    found = read_back(restored)
    assert as_json(found) == as_json(restored)


@pytest.mark.parametrize("result", list(Result))
@pytest.mark.parametrize("incident", VARIANTS.values(), ids=VARIANTS)
def test_an_incident_has_a_page_of_every_outcome_its_own_first(incident: Incident, result: Result) -> None:
    found = outcomes(with_result(incident, result))
    assert set(found) == OUTCOMES
    assert {kind: page.kind for kind, page in found.items()} == {kind: kind for kind in found}
    assert (
        next(iter(found))
        is {
            Result.UNDONE: Kind.UNDONE,
            Result.ALREADY_UNDONE: Kind.ALREADY_UNDONE,
            Result.NOT_UNDONE: Kind.NOT_UNDONE,
            Result.WATCHED: Kind.WATCHED,
            Result.REFUSED: Kind.REFUSED,
        }[result]
    )


def test_its_own_page_is_the_one_that_was_sent() -> None:
    sent = record(SAMPLE)["page"]
    assert outcomes(read_back(SAMPLE))[Kind.UNDONE].as_json() == sent


def test_the_sample_has_a_page_of_every_kind_and_they_are_worded() -> None:
    found = pages("sample")
    assert set(found) == set(Kind)
    assert found[Kind.TAMPERED].severity is Severity.CRITICAL
    assert "UNREADABLE" not in {page.headline for page in found.values()}
    assert not any("changed since" in line for f in found[Kind.EXCEPTION].fields for line in f.lines)


@pytest.mark.parametrize("kind", [*Kind, "all"])
def test_each_kind_is_shown_in_every_channel(rootguard: Rootguard, kind: str) -> None:
    result = rootguard("preview", "--kind", kind)
    assert result.exit_code == 0
    for channel in ("E-mail", "SMS", "Slack", "PagerDuty"):
        assert result.stdout.count(f"─ {channel} ─") == (len(Kind) if kind == "all" else 1)
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_without_a_kind_all_are_shown_and_its_own_first(rootguard: Rootguard, written: Written) -> None:
    name = written("incident.json", as_json(with_result(SAMPLE, Result.NOT_UNDONE)))
    shown = rootguard("preview", name).stdout
    assert shown.startswith("NOT UNDONE  ")
    assert shown.count("─ SMS ─") == len(pages(name))


def test_json_has_what_would_be_sent_and_null_for_what_would_not(rootguard: Rootguard) -> None:
    found = {page["kind"]: page for page in json.loads(rootguard("preview", "--json").stdout)["pages"]}
    assert set(found) == set(Kind)
    undone, clean, adopted = found["undone"], found["clean"], found["adopted"]
    assert undone["email"]["subject"].startswith("Rootguard UNDONE: ")
    assert len(undone["sms"]) <= 140
    assert undone["slack"]["blocks"]
    assert undone["pagerduty"]["event_action"] == "trigger"
    for told_otherwise in (clean, found["alarm"], found["tampered"]):
        assert (told_otherwise["email"], told_otherwise["sms"]) == (None, None)
    assert clean["pagerduty"]["event_action"] == "resolve"
    assert adopted["pagerduty"] is None


def test_what_show_prints_can_be_previewed(rootguard: Rootguard) -> None:
    shown = rootguard("incident", "show", "sample", "--json").stdout
    result = rootguard("preview", "-", "--kind", "not-undone", stdin=shown)
    assert result.exit_code == 0
    assert result.stdout.startswith("NOT UNDONE  ")


def test_what_the_topic_carries_can_be_previewed(rootguard: Rootguard, written: Written) -> None:
    message = as_json(SAMPLE) | {"page": outcomes(SAMPLE)[Kind.UNDONE].as_json()}
    assert rootguard("preview", written("message.json", message)).exit_code == 0


@pytest.mark.parametrize(
    "content",
    [{}, [], 4, "text", None, {"incidents": []}, {"incidents": [{}]}, as_json(SAMPLE) | {"actor": None}],
)
def test_what_is_no_incident_is_bad_input(rootguard: Rootguard, written: Written, content: Any) -> None:
    result = rootguard("preview", written("x.json", json.dumps(content)))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("x.json: is no incident's JSON")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("actor", "mfa"), "yes", "actor.mfa: should be a valid boolean"),
        (("actor", "source_ip"), 7, "actor.source_ip: should be a valid string"),
        (("target", "id"), 7, "target.id: should be a valid string"),
        (("target", "id"), "Root", "target.id: is no target"),
        (("policy", "id"), "p-\ud800", "policy.id: is no policy's id"),
        (("policy", "content"), {}, "policy.content: should be a valid string"),
        (("occurred_at",), "2023-12-05T08:15:02", "occurred_at: is no time with a time zone"),
        (("occurred_at",), 7, "occurred_at: is no time with a time zone"),
        (("occurred_at",), "9999-12-31T23:59:59Z", "occurred_at: is too near the end of all years"),
        (("undone_at",), "0001-01-01T00:00:00+14:00", "undone_at: is too near the end of all years"),
        (("actions", 0, "action"), "delete", "actions[0].action: should be one of detach, attach"),
        (("actions", 0), None, "actions[0]: should be a JSON object"),
        (("restoring",), {"attachments": 10**9, "listed_at": "x"}, "restoring.attachments: should be less"),
        (("accounts_reached",), float("nan"), "accounts_reached: should be a valid integer"),
        (("result",), "won", "result: should be 'undone', "),
        (("verdict",), [], "verdict: should be 'allow', "),
        (("reason",), {}, "reason: is no reason code"),
        (("event", "name"), "DropTable", "event.name: should be 'AttachPolicy', "),
    ],
    ids=str,
)
def test_each_mistake_in_an_incident_is_told_at_its_field(
    rootguard: Rootguard, written: Written, place: tuple[str | int, ...], value: Any, said: str
) -> None:
    for shown, within in ((False, ""), (True, "incidents[0].record.")):
        incident = as_json(SAMPLE)
        at = incident
        for name in place[:-1]:
            at = at[name]
        at[place[-1]] = value
        document = {"incidents": [{"record": incident}]} if shown else incident
        result = rootguard("preview", written("x.json", json.dumps(document)))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.splitlines()[1].startswith(f"x.json: {within}{said}")


def test_an_incident_file_of_many_mistakes_shows_some_and_how_many_more(
    rootguard: Rootguard, written: Written
) -> None:
    result = rootguard("preview", written("x.json", {"result": "undone"}))
    lines = result.stderr.splitlines()
    assert lines[1] == "x.json: verdict: is missing."
    assert lines[6] == "x.json: 13 more."


@given(document=mutated([as_json(incident) for incident in VARIANTS.values()]))
@settings(deadline=None, max_examples=200)
def test_whatever_an_incidents_json_says_it_is_shown_or_told(document: Any) -> None:
    try:
        incident = incident_of(document, "x.json")
    except TroubleError as trouble:
        told = str(trouble).splitlines()
    else:
        told = shown_everywhere(incident)
    assert told[0] in {"shown", "x.json: is no incident's JSON."}


def shown_everywhere(incident: Incident) -> list[str]:
    previews = laid_out(outcomes(incident).values())
    show(previews, Console(file=StringIO(), markup=False, highlight=False))
    assert html_of(previews)
    assert json.dumps([preview.as_json() for preview in previews])
    return ["shown"]


@pytest.mark.parametrize("place", [("protection",), ("event", "id"), ("policy", "name")])
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
    for kind in Kind:
        assert f'<section id="{kind.value}">' in text
    assert text == html_of(laid_out(pages("sample").values()))


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))


def named(name: str) -> Incident:
    policy = replace(SAMPLE.policy, name=name) if SAMPLE.policy else None
    actor = replace(SAMPLE.change.actor, session=f"arn:aws:sts::1:assumed-role/x/{name}", source_ip=name)
    return replace(change(actor=actor), policy=policy, target_name=name)


NAMES = st.text(min_size=1, max_size=60) | st.text("<>&\"'`*_|@! ab", min_size=1, max_size=60)


@given(name=NAMES)
@settings(deadline=None, max_examples=40)
def test_no_name_becomes_an_element(name: str) -> None:
    """Only Slack's own cuts, of what is too long, may differ."""
    text = html_of(laid_out(outcomes(named(name)).values()))
    plain = html_of(laid_out(outcomes(named("x" * len(name))).values()))
    code = ("code", [])
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
    assert html_of(laid_out(pages("sample").values())) == sample, told
