"""The words of a page: what stands in it, in which order, and what a name cannot do to it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.drift import Actor
from rootguard.domain.remedy import Attach, Detach
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.layouts import pagerduty
from rootguard.notify.phrases import actor_label, duration_label
from rootguard.notify.story import Reach, Story
from tests.given import ACCOUNT, NOW, OU, PIPELINE, POLICY, ROOT, policy
from tests.notify import laid_out
from tests.notify.stories import changed, found_by_a_sweep, on, story

DETACHED = Detach(POLICY, ROOT)


def by(told: Story, actor: Actor) -> Story:
    """The story of what someone else did."""
    change = told.drift.change
    assert change is not None
    return changed(told, drift=replace(told.drift, change=replace(change, actor=actor)))


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
In force  17 s
Reached   1204 accounts

What to do next
1. Ask the root user of account 111122223333 whether this was a mistake. If nobody can explain it, treat the \
credential as stolen.
2. Check the accounts that it reached for calls that failed meanwhile.
3. If it was intended: have someone else grant an exception for it, then do it again:
     rootguard exception grant --policy p-bvdv3rx3 --target r-exam --for 2h --reason "WHY"

CloudTrail event 560c4918-6149-4b78-a0c9-7d62d6ec8f86 (AttachPolicy)
Protection "root", rule 8 (violation)
"""


def test_the_email_answers_in_the_order_a_woken_person_asks() -> None:
    assert laid_out.body(story()) == UNDONE
    assert laid_out.subject(story()) == 'Rootguard UNDONE: SCP "Quarantine" attached to Root'


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
    page = story(result=result, done=(), error="DetachPolicy failed")
    said, safety = laid_out.body(page).splitlines()[:2]
    assert said.startswith(first)
    assert safety.startswith(safe)
    assert laid_out.page(page).safe is safe.startswith("It is safe")
    assert laid_out.sms(page).startswith(f"Rootguard {first.partition('.')[0]}: ")


@pytest.mark.parametrize("result", [Result.NOT_UNDONE, Result.WATCHED])
def test_what_is_still_attached_comes_with_the_command_that_detaches_it(result: Result) -> None:
    body = laid_out.body(story(result=result))
    assert f":\n     aws organizations detach-policy --policy-id {POLICY} --target-id {ROOT}\n" in body
    assert "In force  still in force\n" in body


def test_full_access_that_had_to_be_attached_first_is_mentioned() -> None:
    first = Attach("p-FullAWSAccess", ROOT)
    assert "attached full access, then detached" in laid_out.body(story(done=(first, DETACHED)))


@pytest.mark.parametrize("obstacle", [Obstacle.OBSERVED, Obstacle.ALERT_ONLY, Obstacle.NOT_PROTECTED])
def test_what_is_left_so_says_why(obstacle: Obstacle) -> None:
    body = laid_out.body(story(result=Result.WATCHED, obstacle=obstacle))
    assert f"Rootguard left it so, because {obstacle.value}." in body


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
    assert f"Reached   {said}\n" in laid_out.body(story(reach=reach))


def test_an_unread_policy_and_an_unnamed_target_are_named_by_their_ids() -> None:
    page = on(OU, known=None)
    assert f"from OU {OU}." in laid_out.body(page)
    assert f"Where     OU {OU}\n" in laid_out.body(page)
    assert f"Policy    name unknown ({POLICY})" in laid_out.body(page)
    assert 'from account "prod".' in laid_out.body(on(ACCOUNT, target_name="prod"))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (-3, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (1503, "25 min 3 s"), (7260, "2 h 1 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration_label(timedelta(seconds=seconds)) == said


def test_a_clock_that_runs_behind_gives_no_negative_exposure() -> None:
    assert story(undone_at=NOW - timedelta(hours=1)).incident.exposure == timedelta(0)


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        (
            Actor("AssumedRole", PIPELINE, "arn:aws:sts::1:assumed-role/x/build-7"),
            "build-7 (role scp-deployer)",
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
    page = on(OU, known=policy(name=name), target_name=target_name, result=result, error=name)
    plain = on(OU, known=policy(name="x"), target_name="y", result=result, error="z")
    assert len(laid_out.body(page).splitlines()) == len(laid_out.body(plain).splitlines())
    assert not set(laid_out.body(page)) & set("\x00\r\u202e\u2066\u200f")


@given(hostile | st.text("`a ", max_size=20), st.sampled_from(Result))
def test_nobody_goes_by_a_name_that_passes_for_code(name: str, result: Result) -> None:
    def told(name: str) -> list[int]:
        actor = Actor("AssumedRole", PIPELINE, f"arn:aws:sts::1:assumed-role/x/{name}")
        page = laid_out.page(by(story(result=result), actor))
        return [step.count("`") for step in page.steps]

    assert told(name) == told("plain")


@given(hostile, hostile, st.sampled_from(Result))
def test_subject_and_sms_keep_their_limits(name: str, target_name: str, result: Result) -> None:
    page = on(OU, known=policy(name=name), target_name=target_name, result=result)
    for text, limit in ((laid_out.subject(page), 99), (laid_out.sms(page), 140)):
        assert len(text) <= limit
        assert text.isascii()
        assert text.isprintable()


def test_the_sms_says_the_most_important_in_140_characters() -> None:
    assert laid_out.sms(story()) == (
        'Rootguard UNDONE: SCP "Quarantine" attached to Root, after 17 s. '
        "By the root user of account 111122223333"
    )
    long = on(OU, known=policy(name="n" * 128), target_name="t" * 128, undone_at=NOW)
    assert "..," in laid_out.sms(long)
    assert "after 17 s" in laid_out.sms(long)


@pytest.mark.parametrize(
    ("told", "lasted"),
    [
        (story(), ", after 17 s. By the root user"),
        (story(result=Result.ALREADY_UNDONE), ", in force at most 17 s. By the root user"),
        (found_by_a_sweep(story()), ", in force longer than 17 s. Found by a sweep; its event"),
    ],
    ids=["undone", "by someone else", "found by a sweep"],
)
def test_the_short_forms_say_how_long_as_well_as_it_is_known(told: Story, lasted: str) -> None:
    assert f"attached to Root{lasted}" in laid_out.sms(told)
    (event,) = pagerduty.events(laid_out.page(told), resolve_when_clean=True)
    assert f"attached to Root{lasted}" in event["payload"]["summary"]


def test_what_a_policy_says_is_shown_as_it_was_written_but_for_what_does_not_print() -> None:
    hidden = "\u202e\u2028\x00\ud83d"
    content = json.dumps({"Statement": [{"Sid": f"\u6f22{hidden}", "Effect": "Deny", "Action": "*"}]})
    (said,) = laid_out.page(story(known=policy(content))).statements
    assert '"Sid": "\u6f22\\u202e\\u2028\\u0000\\ud83d"' in said
    assert said.replace("\n", "").isprintable()
    assert json.loads(said)["Sid"] == f"\u6f22{hidden}"
