"""The JSON that `rootguard preview` reads: what Rootguard wrote comes back, and each mistake has a field."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from rich.console import Console

from cli.exits import TroubleError
from cli.incident import sample
from cli.preview.html import written as html_of
from cli.preview.incident_file import parse
from cli.preview.look import show
from cli.preview.outcomes import with_result
from cli.preview.previews import laid_out
from cli.preview.run import of_file
from rootguard.domain.drift import ChangeKind
from rootguard.domain.policy import Policy
from rootguard.domain.remedy import Attach, EnableType, Move, Restore
from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Incident, Restoring, Result
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.notify.page import Page
from rootguard.notify.story import Around, Reach, Story
from rootguard.notify.words import incidents
from tests.cli.conftest import Rootguard, Written
from tests.cli.mutations import mutated
from tests.cli.telling import changed, unattributed
from tests.given import DENY_ALL_OF_ANOTHER, SCP

SAMPLE = sample.incident()
DRIFT = SAMPLE.drift
ACCOUNT, FROM, TO = "444455556666", "ou-exam-from0000", "ou-exam-to000000"


def as_json(incident: Incident) -> Any:
    """What the ledger keeps of it."""
    return json.loads(json.dumps(incident.as_json()))


def with_drift(**different: Any) -> Incident:
    return replace(SAMPLE, drift=changed(**different), lockout=False)


VARIANTS = {
    "undone": SAMPLE,
    "not undone": with_result(SAMPLE, Result.NOT_UNDONE),
    "watched": with_result(SAMPLE, Result.WATCHED),
    "refused": with_result(SAMPLE, Result.REFUSED),
    "a fight": replace(
        with_result(SAMPLE, Result.WATCHED), verdict=replace(SAMPLE.verdict, obstacle=Obstacle.FIGHT)
    ),
    "undecided": replace(SAMPLE, verdict=replace(SAMPLE.verdict, reason=Reason.UNDECIDED)),
    "without the ledger": replace(SAMPLE, remembered=False, times=7),
    "no event yet": replace(SAMPLE, drift=unattributed()),
    "unread": replace(SAMPLE, drift=DRIFT.seen_as(None)),
    "judged by the organization's id": replace(
        SAMPLE,
        drift=DRIFT.seen_as(
            Policy("p-8vq2m7xa", SCP, content=DENY_ALL_OF_ANOTHER, organization_id="o-exampleorgid")
        ),
    ),
    "moved": replace(
        with_drift(
            kind=ChangeKind.ACCOUNT_MOVED,
            policy_id="",
            policy=None,
            target_id=ACCOUNT,
            source_id=FROM,
            destination_id=TO,
        ),
        done=(Move(ACCOUNT, TO, FROM),),
    ),
    "edited": replace(
        with_drift(kind=ChangeKind.UPDATED),
        done=(Restore("p-8vq2m7xa", "r-exam", Policy("p-8vq2m7xa", SCP, "Old", content="{}")),),
    ),
    "last of its type": replace(SAMPLE, done=(Attach("p-FullAWSAccess", "r-exam"), *SAMPLE.done)),
    "type disabled": replace(
        with_drift(kind=ChangeKind.TYPE_DISABLED, policy_id="", policy=None, policy_type=SCP),
        done=(EnableType(SCP, "r-exam"),),
        restoring=Restoring(12, DRIFT.at),
    ),
    "an administrator": with_drift(
        kind=ChangeKind.ADMINISTRATOR_REGISTERED,
        policy_id="",
        policy=None,
        target_id=ACCOUNT,
        service="sso.amazonaws.com",
    ),
}


NOTICE = Notice("i-1/found", About.INCIDENT, Stage.FOUND, SAMPLE.as_json()).as_json()


def read_back(incident: Incident) -> Incident:
    # Of a record only what happened is kept, which is what the pages are about.
    return parse(as_json(incident), "x.json")[0]


@pytest.mark.parametrize("incident", VARIANTS.values(), ids=VARIANTS)
def test_an_incident_comes_back_from_its_json(incident: Incident) -> None:
    assert as_json(read_back(incident)) == as_json(incident)


def test_what_show_prints_a_notice_and_an_incident_are_read_alike() -> None:
    shown = {"id": "i-1", "accounts_reached": 15, "incident": SAMPLE.as_json()}
    for data, reach in ((as_json(SAMPLE), Reach()), (NOTICE, Reach()), (shown, Reach(15))):
        incident, around = parse(json.loads(json.dumps(data)), "x.json")
        assert as_json(incident) == as_json(SAMPLE)
        assert around == Around(reach=reach)


def test_what_show_prints_can_be_previewed(rootguard: Rootguard) -> None:
    shown = rootguard("incident", "show", "sample", "--json").stdout
    result = rootguard("preview", "-", "--kind", "not-undone", stdin=shown)
    assert result.exit_code == 0
    assert result.stdout.startswith("NOT UNDONE  ")


def test_of_what_the_topic_carries_the_page_is_shown_that_was_sent(
    rootguard: Rootguard, written: Written
) -> None:
    story = Story(SAMPLE, Stage.ATTRIBUTED)
    page = incidents.page(story)
    message = NOTICE | {"page": page.as_json()}
    result = rootguard("preview", written("message.json", message))
    assert result.exit_code == 0
    assert result.stdout.startswith("UNDONE, ACTOR KNOWN  ")
    assert of_file(message, "message.json") == {"undone": page}


@pytest.mark.parametrize(
    "content",
    [{}, [], 4, "text", None, {"incident": {}}, {"data": 4}, {"page": {}}, {"page": None}, {"drift": None}],
    ids=repr,
)
def test_what_is_no_incident_is_bad_input(rootguard: Rootguard, written: Written, content: Any) -> None:
    result = rootguard("preview", written("x.json", json.dumps(content)))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("x.json: is no incident's JSON")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("drift", "change", "actor", "mfa"), "yes", "drift.change.actor.mfa: should be a valid boolean"),
        (
            ("drift", "change", "actor", "source_ip"),
            7,
            "drift.change.actor.source_ip: should be a valid string",
        ),
        (("drift", "target_id"), 7, "drift.target_id: should be a valid string"),
        (("drift", "target_id"), "Root", "drift.target_id: is no target"),
        (("drift", "policy", "id"), "p-\ud800", "drift.policy.id: is no policy's id"),
        (("drift", "policy", "content"), {}, "drift.policy.content: should be a valid string"),
        (("drift", "at"), "2023-12-05T08:15:02", "drift.at: is no time with a time zone"),
        (("drift", "at"), 7, "drift.at: is no time with a time zone"),
        (("drift", "at"), "9999-12-31T23:59:59Z", "drift.at: is too near the end of all years"),
        (("undone_at",), "0001-01-01T00:00:00+14:00", "undone_at: is too near the end of all years"),
        (("done", 0, "action"), "delete", "done[0]: should be one of 'detach', 'attach'"),
        (("done", 0, "target_id"), "Root", "done[0].target_id: is no target"),
        (("done", 0), None, "done[0]: should be a JSON object"),
        (("restoring",), {"attachments": 10**9, "seen_at": "x"}, "restoring.attachments: should be less"),
        (("times",), float("nan"), "times: should be a valid integer"),
        (("result",), "won", "result: should be 'undone', "),
        (("verdict", "outcome"), [], "verdict.outcome: should be 'allow', "),
        (("verdict", "reason"), {}, "verdict.reason: is no reason code"),
        (("drift", "kind"), "DropTable", "drift.kind: should be 'AttachPolicy', "),
    ],
    ids=str,
)
def test_each_mistake_in_an_incident_is_reported_at_its_field(
    rootguard: Rootguard, written: Written, place: tuple[str | int, ...], value: Any, said: str
) -> None:
    for shown, within in ((False, ""), (True, "incident.")):
        incident = as_json(SAMPLE)
        at = incident
        for name in place[:-1]:
            at = at[name]
        at[place[-1]] = value
        document = {"incident": incident} if shown else incident
        result = rootguard("preview", written("x.json", json.dumps(document)))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.splitlines()[1].startswith(f"x.json: {within}{said}")


def test_an_incident_file_of_many_mistakes_shows_some_and_how_many_more(
    rootguard: Rootguard, written: Written
) -> None:
    result = rootguard("preview", written("x.json", {"result": "undone"}))
    lines = result.stderr.splitlines()
    assert lines[1] == "x.json: id: is missing."
    assert lines[6] == "x.json: 7 more."


DOCUMENTS = [
    *(as_json(incident) for incident in VARIANTS.values()),
    {"accounts_reached": 4, "incident": as_json(SAMPLE)},
    NOTICE | {"page": incidents.page(Story(SAMPLE)).as_json()},
]


@given(document=mutated(DOCUMENTS))
@settings(deadline=None, max_examples=200)
def test_whatever_an_incidents_json_says_it_is_shown_or_refused(document: Any) -> None:
    try:
        found = of_file(document, "x.json")
    except TroubleError as trouble:
        said = str(trouble).splitlines()[0]
    else:
        said = shown_everywhere(found)
    assert said in {"shown", "x.json: is no incident's JSON."}


def shown_everywhere(found: dict[str, Page]) -> str:
    previews = laid_out(found)
    show(previews, Console(file=StringIO(), markup=False, highlight=False))
    assert html_of(previews)
    assert json.dumps([preview.as_json() for preview in previews])
    return "shown"
