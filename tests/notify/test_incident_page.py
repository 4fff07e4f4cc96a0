"""The words of a page: what stands in it, in which order, and what a name cannot do to it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.cloudtrail.read import Change, read_change
from rootguard.cloudtrail.record import Actor
from rootguard.domain.decide import decide
from rootguard.domain.drift import UNSEEN
from rootguard.domain.facts import Policy
from rootguard.domain.guardrail import Guardrail, Mode, OnViolation
from rootguard.domain.remedy import Attach, Detach
from rootguard.domain.verdict import Verdict
from rootguard.incidents.incident import Incident, Reach, Result, incident_of
from rootguard.notify.document import document
from rootguard.notify.layouts import pagerduty
from rootguard.notify.words.phrases import actor_label, duration_label
from tests.given import (
    ACCOUNT,
    NOW,
    OU,
    PIPELINE,
    POLICY,
    ROOT,
    attach,
    facts,
    guardrail,
    policy,
    protection,
)
from tests.notify import words

DETACHED = Detach(POLICY, ROOT)


def incident(target: str = ROOT, known: Policy | None = policy(), **changed: Any) -> Incident:  # noqa: B008
    protected = guardrail(protection(targets=frozenset({"root", OU, ACCOUNT})))
    change = read_change(attach(target))
    assert isinstance(change, Change)
    verdict = decide(change, facts(), protected)
    assert isinstance(verdict, Verdict)
    fields: dict[str, Any] = {
        "result": Result.UNDONE,
        "verdict": verdict,
        "change": change,
        "policy": known,
        "done": (replace(DETACHED, target_id=target),),
        "undone_at": NOW,
        "reach": Reach(1204),
    }
    return Incident(**fields | changed)


UNDONE = """\
UNDONE. Rootguard detached the SCP "Quarantine" from Root. It denies everything to everyone.
It is safe now: the change is undone.

Policy    Quarantine (p-bvdv3rx3)
          service control policy; denies everything to everyone: a lockout
Where     Root (r-exam)
By        the root user of account 111122223333
          arn:aws:iam::111122223333:root
          from 192.0.2.10, in the console, with MFA
When      2023-04-25 00:33:27 UTC
Stood     17 s
Reached   1204 accounts

What to do next
1. Ask the root user of account 111122223333: a mistake, or a stolen credential? \
If nobody knows, treat it as stolen.
2. Check what failed meanwhile in the accounts that it reached.
3. If it was meant: have someone else grant an exception (`rootguard exception grant \
--policy p-bvdv3rx3 --target r-exam --for 2h --reason "WHY"`), and do it again.

CloudTrail event 560c4918-6149-4b78-a0c9-7d62d6ec8f86 (AttachPolicy)
Protection "root", rule 8 (violation)
"""


def test_the_email_answers_in_the_order_a_woken_person_asks() -> None:
    assert words.body(incident()) == UNDONE
    assert words.subject(incident()) == 'Rootguard UNDONE: SCP "Quarantine" attached to Root'


@pytest.mark.parametrize(
    ("result", "first", "safe"),
    [
        (Result.UNDONE, "UNDONE. Rootguard detached", "It is safe now"),
        (Result.ALREADY_UNDONE, "ALREADY UNDONE. SCP", "It is safe now"),
        (Result.NOT_UNDONE, "NOT UNDONE. SCP", "It is NOT safe"),
        (Result.WATCHED, "NOT TOUCHED. SCP", "It is in force until someone undoes it."),
        (Result.REFUSED, "REFUSED. Someone called", "It is safe: nothing changed."),
    ],
)
def test_each_result_says_first_what_it_is_and_whether_it_is_safe(
    result: Result, first: str, safe: str
) -> None:
    stands = result in (Result.NOT_UNDONE, Result.WATCHED, Result.REFUSED)
    page = incident(result=result, undone_at=None if stands else NOW, done=(), error="DetachPolicy failed")
    said, safety = words.body(page).splitlines()[:2]
    assert said.startswith(first)
    assert safety.startswith(safe)
    assert document(page)["safe"] is safe.startswith("It is safe")
    assert words.sms(page).startswith(f"Rootguard {first.partition('.')[0]}: ")


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_what_still_stands_comes_with_the_command_that_takes_it_off(result: Result) -> None:
    body = words.body(incident(result=result, undone_at=None))
    assert f"aws organizations detach-policy --policy-id {POLICY} --target-id {ROOT}" in body
    assert "Stood     since then, and still does" in body


def test_full_access_that_had_to_go_on_first_is_told() -> None:
    first = Attach("p-FullAWSAccess", ROOT)
    assert "attached full access, then detached" in words.body(incident(done=(first, DETACHED)))
    assert [a["action"] for a in document(incident(done=(first, DETACHED)))["actions"]] == [
        "attach",
        "detach",
    ]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (guardrail(mode=Mode.OBSERVE), "because mode is observe."),
        (guardrail(protection(on_violation=OnViolation.ALERT)), "because on_violation is alert."),
    ],
)
def test_observe_and_alert_say_why_nothing_was_done(rules: Guardrail, why: str) -> None:
    change = read_change(attach())
    assert isinstance(change, Change)
    verdict = decide(change, facts(), rules)
    assert isinstance(verdict, Verdict)
    assert why in words.body(incident_of(Result.WATCHED, verdict, change, facts()))


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        (Reach(), "an unknown number of accounts (they could not be counted)"),
        (Reach(40, complete=False), "more than 40 accounts (counting was cut short)"),
        (Reach(1), "1 account"),
        (Reach(0), "0 accounts"),
    ],
)
def test_the_reach_is_said_as_far_as_it_is_known(reach: Reach, said: str) -> None:
    assert f"Reached   {said}\n" in words.body(incident(reach=reach))


def test_an_unread_policy_and_an_unnamed_target_are_told_by_their_ids() -> None:
    page = incident(OU, known=None)
    assert f"from OU {OU}." in words.body(page)
    assert f"Where     OU {OU}\n" in words.body(page)
    assert f"Policy    name unknown ({POLICY})" in words.body(page)
    assert 'from account "prod".' in words.body(incident(ACCOUNT, target_name="prod"))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (-3, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (1503, "25 min 3 s"), (7260, "2 h 1 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration_label(timedelta(seconds=seconds)) == said


def test_a_clock_that_runs_behind_gives_no_negative_exposure() -> None:
    assert incident(undone_at=NOW - timedelta(hours=1)).exposure == timedelta(0)


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        (
            Actor("AssumedRole", PIPELINE, "arn:aws:sts::1:assumed-role/x/build-7"),
            "role scp-deployer, session build-7",
        ),
        (Actor("AssumedRole", PIPELINE), "role scp-deployer"),
        (Actor("IAMUser", "arn:aws:iam::111122223333:user/diego"), "user diego"),
        (Actor("Root"), "the root user"),
        (
            Actor("AWSService", source_ip="organizations.amazonaws.com"),
            "the service organizations.amazonaws.com",
        ),
        (Actor("AWSService"), "a service that the record does not name"),
        (Actor("FederatedUser", "arn:aws:sts::1:federated-user/bob"), "FederatedUser bob"),
    ],
)
def test_actors_in_words(actor: Actor, said: str) -> None:
    assert actor_label(actor) == said


# Names come from whoever made the policy.

hostile = st.text(min_size=1, max_size=128) | st.sampled_from(
    ["x\n\nNOT UNDONE", "\u202eevil", "a\x00b", "é" * 128, "😀" * 128]
)


@given(hostile, hostile, st.sampled_from(Result))
def test_no_name_can_add_a_line_or_turn_one_around(name: str, target_name: str, result: Result) -> None:
    page = incident(OU, policy(name=name), target_name=target_name, result=result, error=name)
    plain = incident(OU, policy(name="x"), target_name="y", result=result, error="z")
    assert len(words.body(page).splitlines()) == len(words.body(plain).splitlines())
    assert not set(words.body(page)) & set("\x00\r\u202e\u2066\u200f")


@given(hostile | st.text("`a ", max_size=20), st.sampled_from(Result))
def test_nobody_goes_by_a_name_that_passes_for_code(name: str, result: Result) -> None:
    def told(name: str) -> list[int]:
        actor = Actor("AssumedRole", PIPELINE, f"arn:aws:sts::1:assumed-role/x/{name}")
        by = incident(result=result)
        page = words.page(replace(by, change=replace(by.change, actor=actor)))
        return [step.count("`") for step in page.steps]

    assert told(name) == told("plain")


@given(hostile, hostile, st.sampled_from(Result))
def test_subject_and_sms_keep_their_limits(name: str, target_name: str, result: Result) -> None:
    page = incident(OU, policy(name=name), target_name=target_name, result=result)
    for text, limit in ((words.subject(page), 99), (words.sms(page), 140)):
        assert len(text) <= limit
        assert text.isascii()
        assert text.isprintable()


def test_the_sms_says_the_most_important_in_140_characters() -> None:
    assert words.sms(incident()) == (
        'Rootguard UNDONE: SCP "Quarantine" attached to Root, after 17 s. '
        "By the root user of account 111122223333"
    )
    long = incident(OU, policy(name="n" * 128), target_name="t" * 128, undone_at=NOW)
    assert "..," in words.sms(long)
    assert "after 17 s" in words.sms(long)


@pytest.mark.parametrize(
    ("result", "actor", "stood"),
    [
        (Result.UNDONE, None, ", after 17 s. By the root user"),
        (Result.ALREADY_UNDONE, None, ", stood at most 17 s. By the root user"),
        (Result.UNDONE, UNSEEN, ", stood longer than 17 s. By someone whom no event named"),
    ],
)
def test_the_short_forms_say_how_long_as_well_as_it_is_known(
    result: Result, actor: Actor | None, stood: str
) -> None:
    told = incident(result=result)
    told = replace(told, change=replace(told.change, actor=actor or told.change.actor))
    assert f"attached to Root{stood}" in words.sms(told)
    event = pagerduty.event(words.page(told), resolve_when_clean=True)
    assert event is not None
    assert f"attached to Root{stood}" in event["payload"]["summary"]


def test_what_a_policy_says_is_shown_as_it_was_written_but_for_what_does_not_print() -> None:
    hidden = "\u202e\u2028\x00\ud83d"
    content = json.dumps({"Statement": [{"Sid": f"\u6f22{hidden}", "Effect": "Deny", "Action": "*"}]})
    (said,) = words.page(incident(known=policy(content))).statements
    assert '"Sid": "\u6f22\\u202e\\u2028\\u0000\\ud83d"' in said
    assert said.replace("\n", "").isprintable()
    assert json.loads(said)["Sid"] == f"\u6f22{hidden}"


def test_the_document_is_json_and_complete() -> None:
    told = json.loads(json.dumps(document(incident())))
    assert told["incident_id"] == told["event"]["id"] == "560c4918-6149-4b78-a0c9-7d62d6ec8f86"
    assert told["exposure_seconds"] == 17.0
    assert told["policy"] == {
        "id": POLICY,
        "name": "Quarantine",
        "type": "SERVICE_CONTROL_POLICY",
        "content": policy().content,
        "organization_id": None,
        "lockout": True,
    }
    assert told["actor"]["mfa"] is True
    assert told["actions"] == [{"action": "detach", "policy_id": POLICY, "target_id": ROOT}]
    assert (told["target"], told["moved"], told["policy_type"]) == ({"id": ROOT, "name": None}, None, None)
    assert (told["hindrance"], told["ledger_answered"], told["error"]) == (None, True, None)
    assert (told["result"], told["rule"], told["reason"]) == ("undone", 8, "violation")
