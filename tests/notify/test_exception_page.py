"""The page of an exception: what it says in each state, and what a granter's words cannot do to it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.cloudtrail.read import read_change
from rootguard.domain.drift import Drift
from rootguard.domain.exceptions import Permit, State
from rootguard.domain.json_data import from_fields
from rootguard.domain.policy import digest_of
from rootguard.notify.words import exceptions
from rootguard.notify.words.exceptions import Exempted
from rootguard.reconcile.report import exception_notice
from tests.given import DENY_ALL, DENY_EC2, NOW, POLICY, ROOT, attach, by_role, policy
from tests.notify import laid_out

SARA = "AROAIOSFODNN7EXAMPLE:sara"
PERMIT = Permit(
    policy_id=POLICY,
    target_id=ROOT,
    content_sha256=digest_of(DENY_ALL),
    granted_by=SARA,
    expires_at=NOW + timedelta(hours=2),
    reason="forensics, ticket 4711",
    granted_at=NOW - timedelta(minutes=5),
)


def use(target: str = ROOT, name: str = "AttachPolicy") -> Drift:
    role = by_role("arn:aws:iam::111122223333:role/Operations", "diego")
    change = read_change(attach(target, userIdentity=role, eventName=name))
    assert isinstance(change, Drift)
    return change


def exempted(permit: Permit = PERMIT, **changed: Any) -> Exempted:
    fields: dict[str, Any] = {"at": NOW, "policy": policy()}
    times = {name: changed.pop(name) for name in ("revoked_at", "used_at") if name in changed}
    return Exempted(replace(permit, **times), **fields | changed)


IN_EACH_STATE = {
    State.OPEN: exempted(),
    State.USED: exempted(used_at=NOW, drift=use()),
    State.REVOKED: exempted(revoked_at=NOW),
    State.EXPIRED: exempted(at=NOW + timedelta(hours=3)),
}

EMAIL = """\
EXCEPTION GRANTED. One change of SCP "Quarantine" on Root is let through, unless its granter makes it.
It denies everything to everyone: a lockout.

Policy    Quarantine (p-bvdv3rx3), service control policy
          content SHA-256 {digest}
Where     Root (r-exam)
Granted   by sara (AROAIOSFODNN7EXAMPLE)
          at 2023-04-25 00:28:44 UTC
Reason    forensics, ticket 4711
Until     2023-04-25 02:33:44 UTC

What to do next
1. Ask sara (AROAIOSFODNN7EXAMPLE) whether it is planned, if you do not know.
2. This takes it back:
     rootguard exception revoke --policy p-bvdv3rx3 --target r-exam
"""


def test_a_grant_tells_what_where_who_why_and_until_when() -> None:
    assert laid_out.body(exempted()) == EMAIL.format(digest=digest_of(DENY_ALL)[:12])
    assert laid_out.subject(exempted()) == 'Rootguard EXCEPTION GRANTED: SCP "Quarantine" on Root'


@pytest.mark.parametrize(
    ("state", "headline", "sentence"),
    [
        (State.OPEN, "EXCEPTION GRANTED", "is let through, unless its granter makes it."),
        (
            State.USED,
            "EXCEPTION USED",
            'AttachPolicy of SCP "Quarantine" on Root by diego (role Operations) was let through.',
        ),
        (State.REVOKED, "EXCEPTION REVOKED", "Its granter took it back. Nobody used it"),
        (State.EXPIRED, "EXCEPTION OVER", "Its time is over. Nobody used it"),
    ],
)
def test_each_state_says_first_what_it_is(state: State, headline: str, sentence: str) -> None:
    told = IN_EACH_STATE[state]
    assert laid_out.body(told).startswith(f"{headline}. ")
    assert sentence in laid_out.body(told).splitlines()[0]
    assert laid_out.subject(told).startswith(f"Rootguard {headline}: SCP ")
    assert laid_out.sms(told).startswith(f"Rootguard {headline}: SCP ")


def test_a_use_tells_by_whom_and_how_it_is_undone() -> None:
    told = IN_EACH_STATE[State.USED]
    body = laid_out.body(told)
    assert "Used      by diego (role Operations)\n" in body
    assert f":\n     aws organizations detach-policy --policy-id {POLICY} --target-id {ROOT}\n" in body
    assert laid_out.sms(told).endswith("By diego (role Operations)")


def test_a_use_that_only_the_sweep_saw_names_nobody() -> None:
    told = exempted(used_at=NOW)
    assert "A change of SCP" in laid_out.body(told).splitlines()[0]


def test_a_detach_is_not_said_to_deny_anything() -> None:
    told = exempted(used_at=NOW, drift=use(name="DetachPolicy"))
    assert "lockout" not in laid_out.body(told)
    assert "EXCEPTION USED. DetachPolicy of SCP" in laid_out.body(told)


def test_what_is_no_lockout_is_not_called_one() -> None:
    permit = replace(PERMIT, content_sha256=digest_of(DENY_EC2))
    assert "lockout" not in laid_out.body(exempted(permit, policy=policy(DENY_EC2)))


def test_a_policy_that_changed_since_is_not_judged_by_what_it_says_now() -> None:
    body = laid_out.body(exempted(policy=policy(DENY_EC2)))
    assert "changed since" in body
    assert "lockout" not in laid_out.body(exempted(replace(PERMIT, content_sha256="0" * 64)))


def test_a_policy_that_could_not_be_read_goes_by_its_id() -> None:
    assert laid_out.subject(exempted(policy=None)) == f"Rootguard EXCEPTION GRANTED: policy {POLICY} on Root"
    assert "name unknown" in laid_out.body(exempted(policy=None))


@pytest.mark.parametrize(
    ("granted_by", "said"),
    [
        (SARA, "sara (AROAIOSFODNN7EXAMPLE)"),
        ("AIDAIOSFODNN7EXAMPLE", "AIDAIOSFODNN7EXAMPLE"),
        ("111122223333", "111122223333"),
    ],
)
def test_granters_by_name_where_they_have_one(granted_by: str, said: str) -> None:
    assert exceptions.granter_label(granted_by) == said


texts = st.text(max_size=300) | st.text(min_size=5_000, max_size=5_000)


@given(state=st.sampled_from(list(State)), reason=texts, granter=texts)
def test_no_words_of_a_granter_break_or_fill_a_page(state: State, reason: str, granter: str) -> None:
    told = IN_EACH_STATE[state]
    permit = replace(told.permit, reason=reason, granted_by=granter)
    told = replace(told, permit=permit)
    lines = laid_out.body(told).splitlines()
    assert len(lines) == len(laid_out.body(IN_EACH_STATE[state]).splitlines())
    assert len(laid_out.sms(told)) <= 140
    assert len(laid_out.subject(told)) <= 99
    assert (laid_out.subject(told) + laid_out.sms(told)).isascii()
    assert (laid_out.subject(told) + laid_out.sms(told)).isprintable()


@pytest.mark.parametrize("told", IN_EACH_STATE.values(), ids=IN_EACH_STATE)
def test_it_comes_from_the_data_of_a_notice(told: Exempted) -> None:
    data = exception_notice(told.permit, told.at, told.drift).data
    assert from_fields(Exempted, json.loads(json.dumps(data)), policy=None) == replace(told, policy=None)
