"""Two pairs of eyes: an exception that one person grants and another one uses, and one for oneself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from drill.principals import Principal
from drill.scenarios.scenario import Scenario, root_is_as_before
from drill.stage import DENY_ALL, Stage, content_of
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.exceptions import DynamoExceptions, item_of
from rootguard.domain.exceptions import Permit
from rootguard.domain.policy import digest_of
from rootguard.ports import LedgerError
from stacks.names import EXCEPTIONS_OUTPUT, GRANTER_OUTPUT

_ORGANIZATIONS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}],
    }
)
# Roles of their own, since what they may write in the table of exceptions is the point: the stack's policy,
# no more.
SARA = Principal(role="Security", session="sara", policy=_ORGANIZATIONS)
DIEGO = Principal(role="Operations", session="diego", policy=_ORGANIZATIONS, mfa=True)
_NAME = "QuarantineDenyAll"


def _use(stage: Stage) -> None:
    policy_id = _begin(stage)
    _grant(stage, policy_id, SARA, SARA)
    stage.note("sara", f"grants an exception for {_NAME} on Root, for 2 hours, to anyone but herself")
    stage.sweep()
    with stage.events_held():
        stage.note("diego", f"attaches {_NAME} to Root, as the exception permits")
        stage.attach(policy_id, stage.root, DIEGO)
        stage.sweep()  # it comes before the event, and waits for it
    stage.wait_for_answers("AttachPolicy")
    for _ in range(2):
        stage.sweep()
    stage.next_second()
    stage.note("diego", "detaches it when the work is done")
    stage.aws.client("organizations", as_=DIEGO).detach_policy(PolicyId=policy_id, TargetId=stage.root)
    stage.wait_for_answers("DetachPolicy")
    stage.next_second()
    stage.note("diego", "attaches it once more; the exception is used up", moment="incident")
    stage.attach(policy_id, stage.root, DIEGO)
    stage.wait_for_answers("AttachPolicy", 2)


def _grant_oneself(stage: Stage) -> None:
    policy_id = _begin(stage)
    try:
        _grant(stage, policy_id, DIEGO, SARA)
    except LedgerError as error:
        if "AccessDenied" not in str(error):
            raise
        stage.note("diego", "writes an exception in sara's name; IAM refuses it")
    _grant(stage, policy_id, DIEGO, DIEGO)
    stage.note("diego", f"writes an exception for {_NAME} on Root in his own name")
    stage.sweep()
    stage.note("diego", f"attaches {_NAME} to Root", moment="incident")
    stage.attach(policy_id, stage.root, DIEGO)
    stage.wait_for_answers("AttachPolicy")


def _begin(stage: Stage) -> str:
    """Let both grant exceptions, as the stack's policy has it, and return the id of a new SCP."""
    stage.adopt()
    for person in (SARA, DIEGO):
        stage.aws.session(as_=person)
        stage.aws.client("iam").attach_role_policy(
            RoleName=person.role, PolicyArn=stage.deployment.outputs[GRANTER_OUTPUT]
        )
    policy_id = stage.create_scp(_NAME, DENY_ALL, DIEGO)
    stage.wait_for_answers("CreatePolicy")
    return policy_id


def _grant(stage: Stage, policy_id: str, writer: Principal, granter: Principal) -> None:
    """Write an exception with one person's credentials, in the name of the same or of another."""
    now = datetime.now(UTC).replace(microsecond=0)  # as the command does
    permit = Permit(
        policy_id=policy_id,
        target_id=stage.root,
        content_sha256=digest_of(content_of(DENY_ALL)),
        granted_by=_user_id(stage, granter),
        expires_at=now + timedelta(hours=2),
        reason="forensics, ticket 4711",
        granted_at=now,
    )
    _table(stage, writer).put(item_of([permit]))


def _table(stage: Stage, as_: Principal | None = None) -> Table:
    client: Any = stage.aws.client("dynamodb", as_=as_)
    return Table(stage.deployment.outputs[EXCEPTIONS_OUTPUT], Dynamo(client))


def _user_id(stage: Stage, principal: Principal) -> str:
    return str(stage.aws.client("sts", as_=principal).get_caller_identity()["UserId"])


def _mails(stage: Stage) -> list[str]:
    """Return how each e-mail begins, in the alphabet's order: the queue of notices promises no other."""
    return sorted(page["text"].partition(".")[0] for page in stage.pages() if page["channel"] == "email")


def _was_let_through_once(stage: Stage) -> bool:
    return [call["error"] for call in stage.guard_calls("DetachPolicy")] == [None]


def _in_own_name_only(stage: Stage) -> bool:
    found = DynamoExceptions(_table(stage), partial(stage.note, "DynamoDB")).all()
    return {permit.granted_by for permit in found if permit.target_id == stage.root} == {
        _user_id(stage, DIEGO)
    }


SCENARIOS = (
    Scenario(
        name="exception-used",
        title="an exception lets a Deny * SCP be attached to Root, once",
        play=_use,
        must={
            "what the exception permitted stayed, and the same once more was undone": _was_let_through_once,
            "Root has the policies it had before": root_is_as_before,
            "the grant, the use and the undoing were each paged once": lambda stage: (
                [mail for mail in _mails(stage) if mail != "NOT TOUCHED"]
                == ["EXCEPTION GRANTED", "EXCEPTION USED", "UNDONE"]
            ),
        },
    ),
    Scenario(
        name="exception-self-granted",
        title="someone grants himself an exception, and attaches a Deny * SCP to Root",
        play=_grant_oneself,
        must={
            "Root has the policies it had before": root_is_as_before,
            "IAM let nobody write in another's name": _in_own_name_only,
            "the grant and the undoing were each paged once": lambda stage: (
                _mails(stage) == ["EXCEPTION GRANTED", "UNDONE"]
            ),
        },
    ),
)
