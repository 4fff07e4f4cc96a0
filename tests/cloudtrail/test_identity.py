"""Who made the call, as `userIdentity` says; an identity that cannot be read is an unknown actor."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.cloudtrail.read import read_change
from rootguard.domain.drift import Actor, ChangeKind, Drift
from tests.domain.records import EVERY_KIND
from tests.given import PIPELINE, ROOT, attach, by_role, real


def actor_of(record: dict[str, Any]) -> Actor:
    change = read_change(record)
    assert isinstance(change, Drift), change
    return change.actor


def test_a_session_is_its_issuer_and_never_its_name() -> None:
    actor = actor_of(attach(userIdentity=by_role(PIPELINE, session="admin")))
    assert actor.arn == PIPELINE
    assert actor.session == "arn:aws:sts::111122223333:assumed-role/scp-deployer/admin"


def test_a_service_has_no_arn_and_is_still_a_change() -> None:
    service = {"accountId": "111122223333", "invokedBy": "controltower.amazonaws.com"}
    actor = actor_of(attach(userIdentity=service))
    assert (actor.kind, actor.arn) == ("AWSService", None)


@pytest.mark.parametrize("kind", ChangeKind)
@pytest.mark.parametrize("identity", [None, 7, "", [], "x", {}, {"type": None}, {"type": 7}])
def test_an_identity_that_cannot_be_read_is_an_unknown_actor(kind: ChangeKind, identity: object) -> None:
    actor = actor_of(EVERY_KIND[kind] | {"userIdentity": identity})
    assert (actor.kind, actor.arn, actor.session, actor.principal_id) == ("Unknown", None, None, None)


def test_a_record_without_an_identity_still_says_what_happened() -> None:
    record = attach(ROOT)
    del record["userIdentity"]
    change = read_change(record)
    assert isinstance(change, Drift)
    assert (change.target_id, change.actor.kind) == (ROOT, "Unknown")


def test_an_unknown_actor_is_nobodys_arn() -> None:
    actor = actor_of(attach(userIdentity={"arn": PIPELINE, "principalId": "AIDAEXAMPLE"}))
    assert (actor.kind, actor.arn, actor.session) == ("Unknown", None, PIPELINE)


@pytest.mark.parametrize(
    "value", [None, 7, "", [], "x", {}, {"sessionIssuer": 7}, {"sessionIssuer": {"arn": 7}}]
)
def test_a_session_whose_issuer_cannot_be_read_is_no_role(value: object) -> None:
    actor = actor_of(attach(userIdentity=by_role() | {"sessionContext": value}))
    assert (actor.kind, actor.arn) == ("AssumedRole", None)
    assert actor.session is not None


def test_a_user_is_its_own_arn() -> None:
    diego = "arn:aws:iam::111122223333:user/diego"
    actor = actor_of(attach(userIdentity={"type": "IAMUser", "arn": diego, "principalId": "AIDAEXAMPLE"}))
    assert (actor.arn, actor.session, actor.mfa) == (diego, diego, None)


@pytest.mark.parametrize(("said", "mfa"), [("true", True), ("false", False), (None, None), (True, None)])
def test_whether_there_was_mfa_is_known_or_not(said: object, mfa: object) -> None:
    identity = by_role()
    identity["sessionContext"]["attributes"] = {"mfaAuthenticated": said}
    assert actor_of(attach(userIdentity=identity)).mfa is mfa


def test_an_actor_is_named_by_what_the_record_has() -> None:
    root = actor_of(real("attach-policy-to-account-by-root-user"))
    assert root.name == "arn:aws:iam::111122223333:root"
    assert Actor("AWSService", source_ip="controltower.amazonaws.com").name == (
        "AWSService controltower.amazonaws.com"
    )
    assert Actor("X", "arn", "session", "id").name == "session"
    assert Actor("X", "arn", principal_id="id").name == "arn"
    assert Actor("X", principal_id="id").name == "id"


def test_an_actor_survives_json() -> None:
    actor = actor_of(attach(userIdentity=by_role()))
    assert Actor.from_json(actor.as_json()) == actor
