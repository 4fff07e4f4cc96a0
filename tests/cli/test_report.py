"""The post-mortem's draft: what it says, what it says is unknown, and that no name becomes markup in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cli.drawing import Account, Unit
from cli.incident import sample
from cli.incident.report.draft import Draft, ReportContext, drafted
from cli.incident.report.look import html, markdown
from cli.markup import code_in_markdown, fenced, in_markdown
from cli.organization_tree import Tree
from rootguard.domain.drift import ChangeKind
from rootguard.domain.policy import Policy
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.story import Around
from tests.cli.conftest import REPOSITORY, Rootguard
from tests.cli.telling import DRIFT, SAMPLE, changed, incident, story, unattributed
from tests.given import DENY_ALL, DENY_EC2, SCP

TREE = Tree(sample.organization(), sample.MANAGEMENT_ACCOUNT)
AROUND = ReportContext("us-east-1", TREE, datetime(2023, 12, 5, 8, 40, tzinfo=UTC))
TOKYO = ZoneInfo("Asia/Tokyo")
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=y> | `a` *b* [c](https://evil) <!channel> @all #1"
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def draft(told: Incident = SAMPLE, context: ReportContext = AROUND, **more: Any) -> Draft:
    return drafted(story(told, found=18, **more), context, TOKYO)


def impact(written: Draft) -> dict[str, str]:
    return dict(written.impact)


def on(target_id: str, **different: Any) -> Incident:
    return incident(drift=changed(target_id=target_id, **different))


class Page(HTMLParser):
    """What a browser would make of it: its elements with their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_times_are_told_in_utc_and_in_the_readers_zone() -> None:
    first = draft().timeline[0]
    assert (first.utc, first.local) == ("2023-12-05 08:15:02 UTC", "2023-12-05 17:15:02 JST")
    in_utc = drafted(story(found=18), AROUND, ZoneInfo("UTC"))
    assert {row.local for row in in_utc.timeline} == {""}
    assert "| local |" not in markdown(in_utc)
    assert "| local |" in markdown(draft())


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("r-exam", "6 OUs, 5 of them with accounts"),
        ("ou-exam-00000003", "1 OU"),
        ("444455550001", "none"),
        ("ou-exam-gone0000", "unknown: ou-exam-gone0000 is not in the organization any more"),
    ],
)
def test_the_ous_reached_are_those_at_and_below_the_target(target: str, told: str) -> None:
    assert impact(draft(on(target)))["OUs reached"] == told


def test_what_could_not_be_read_makes_a_number_a_least_one() -> None:
    root = Unit("r-exam", "Root", units=(Unit("ou-exam-00000001", "Security", is_read=False),))
    told = draft(context=replace(AROUND, tree=Tree(root, "111122223333")))
    assert impact(told)["OUs reached"] == "at least 1 OU (not all could be read)"


def test_without_the_organization_the_report_says_why_there_is_no_picture() -> None:
    told = draft(context=ReportContext("us-east-1", without="The organization could not be read: no."))
    assert impact(told)["OUs reached"] == "unknown: the organization could not be read"
    for text in (markdown(told), html(told)):
        assert "The organization could not be read: no." in text
        assert "mermaid" not in text
        assert "<svg" not in text


@pytest.mark.parametrize(
    "told",
    [
        incident(
            drift=DRIFT.seen_as(Policy(DRIFT.policy_id, SCP, "NoServers", content=DENY_EC2)), lockout=False
        ),
        incident(drift=changed(kind=ChangeKind.DETACHED), lockout=False),
        incident(Result.REFUSED),
    ],
    ids=["deny ec2", "detached", "refused"],
)
def test_only_a_lockout_is_drawn_as_one(told: Incident) -> None:
    written = draft(told)
    assert written.lockout is None
    assert "is not drawn" in written.undrawn
    assert "locked out" not in markdown(written).lower().replace("locked nobody out", "")


def test_what_nobody_could_read_is_no_policy_text() -> None:
    unread = incident(drift=DRIFT.seen_as(None), lockout=False)
    for text in (markdown(draft(unread)), html(draft(unread))):
        assert "name unknown" in text


def test_a_policy_that_is_no_document_is_shown_as_it_is() -> None:
    odd = incident(drift=DRIFT.seen_as(Policy(DRIFT.policy_id, SCP, "Odd", content="{ ```\u202e </pre>")))
    assert "\n````\n{ ```? </pre>\n````\n" in markdown(draft(odd))
    assert "{ ```? &lt;/pre&gt;" in html(draft(odd))


def test_what_no_event_has_told_of_yet_names_nobody() -> None:
    written = draft(incident(drift=unattributed()))
    assert "its event, which says who did it, has not arrived yet" in written.summary[1]
    assert written.event_url == ""


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "us-east-1.console.aws.amazon.com"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("cn-northwest-1", "cn-northwest-1.console.amazonaws.cn"),
    ],
)
def test_the_event_is_linked_in_the_partitions_console(region: str, host: str) -> None:
    url = draft(context=replace(AROUND, region=region)).event_url
    assert url == f"https://{host}/cloudtrailv2/home?region={region}#/events/{DRIFT.event_id}"
    assert url in markdown(draft(context=replace(AROUND, region=region)))


@pytest.mark.parametrize("event_id", ["", '"><script>', "x) [y](https://evil"])
def test_what_is_no_event_of_cloudtrail_is_not_linked(event_id: str) -> None:
    told = draft(incident(drift=changed(id=event_id)))
    assert told.event_url == ""
    assert [a for tag, a in Page(html(told)).elements if tag in {"a", "script"}] == []
    assert "https://evil)" not in markdown(told)


def test_root_cause_and_follow_ups_are_left_to_people() -> None:
    text = markdown(draft())
    assert "Why was it possible" in text
    assert text.count("- [ ] ") == len(story().page.steps) + 1


@pytest.mark.parametrize("result", list(Result))
@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_kind_of_incident_has_a_report(kind: ChangeKind, result: Result) -> None:
    told = incident(result, changed(kind=kind))
    for text in (markdown(draft(told)), html(draft(told))):
        assert "Post-mortem" in text


def evil(name: str) -> Draft:
    root = Unit(
        "r-exam", "Root", units=(Unit("ou-exam-00000001", name, accounts=(Account("4" * 12, name),)),)
    )
    actor = replace(DRIFT.change.actor, session=f"arn:aws:sts::1:assumed-role/x/{name}", source_ip=name)
    content = DENY_ALL.replace('"Effect"', f'"Sid":{json.dumps(name)},"Effect"', 1)
    policy = Policy(DRIFT.policy_id, SCP, name, content=content)
    told = on("ou-exam-00000001", policy=policy, actor=actor)
    context = replace(AROUND, tree=Tree(root, "111122223333"))
    return draft(told, context, around=Around(target_name=name))


PLAIN = evil("plain")
NAMES = st.text(min_size=1, max_size=60) | st.text(
    "<>&\"'`*_[]()!#|\\~$@:/-+. \nab1", min_size=1, max_size=60
)


@given(name=NAMES)
@settings(deadline=None, max_examples=60)
def test_no_name_becomes_an_element_of_the_page(name: str) -> None:
    found, plain = Page(html(evil(name))), Page(html(PLAIN))
    # What a drawing is made of, and code: a step shows what stands between backticks so, and no more.
    drawn = {"svg", "text", "tspan", "rect", "path", "g", "title", "desc", "code"}
    assert [tag for tag, _ in found.elements if tag not in drawn] == [
        tag for tag, _ in plain.elements if tag not in drawn
    ]
    assert {tag for tag, _ in found.elements} <= {tag for tag, _ in plain.elements}


def test_the_page_takes_nothing_from_outside_and_runs_nothing() -> None:
    text = html(evil(EVIL))
    for tag, attributes in Page(text).elements:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcset", "action"}
            if name == "href":
                assert (value or "").startswith("https://us-east-1.console.aws.amazon.com/cloudtrailv2/")
    assert re.findall(r"@import|url\((?!#)", text) == []


@given(name=NAMES)
@example(name="`0`")
@settings(deadline=None, max_examples=60)
def test_no_name_becomes_markup_in_markdown(name: str) -> None:
    assert _kinds(markdown(evil(name))) == _kinds(markdown(PLAIN))


def _kinds(text: str) -> list[str]:
    kinds = []
    for token in MARKDOWN.parse(text):
        kinds.append(token.type)
        kinds += [child.type for child in token.children or [] if child.type not in {"text", "text_special"}]
    return kinds


@given(text=NAMES)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    tokens = MARKDOWN.parse(str(in_markdown(text)))
    words = "".join(child.content for token in tokens for child in token.children or [])
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    assert words.replace("\u2060", "").split() == text.replace("\u2060", "").replace("\0", "\ufffd").split()


@pytest.mark.parametrize(
    ("text", "broken"),
    [("@team", "@team"), ("see #12", "#12"), (":skull:", ":skull:"), ("x@example.com", "@example")],
)
def test_nothing_becomes_a_mention_a_reference_or_a_picture(text: str, broken: str) -> None:
    assert broken not in in_markdown(text)
    assert broken.replace("@", "").replace("#", "").strip(":") in in_markdown(text)


def test_an_arn_can_be_copied() -> None:
    assert in_markdown("arn:aws:iam::111122223333:role/a-b") == "arn:aws:iam::111122223333:role/a-b"


def test_what_a_step_sets_in_backticks_is_code() -> None:
    assert code_in_markdown("add it to `allow`, *now*") == r"add it to `allow`, \*now\*"
    assert ": <code>rootguard exception grant --policy " in html(draft())
    assert code_in_markdown("one ` alone") == r"one \` alone"


@given(code=st.text("`a\n ", max_size=40))
def test_nothing_ends_a_code_block(code: str) -> None:
    (block,) = MARKDOWN.parse(str(fenced(code)))
    assert block.type == "fence"


@pytest.mark.parametrize("kind", ["md", "html"])
def test_the_samples_are_what_the_command_writes(rootguard: Rootguard, kind: str) -> None:
    written = rootguard("incident", "report", "sample", "--zone", "Asia/Tokyo", "--format", kind).stdout
    sample = (REPOSITORY / "docs" / "samples" / f"report.{kind}").read_text("utf-8")
    assert written == sample, (
        f"docs/samples/report.{kind} is old: docs/samples/README.md says how to write it"
    )
