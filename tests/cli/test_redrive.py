"""`rootguard redrive`, against the queues and a function of a local AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.redrive.letter import Letter
from drill.local_aws import LocalAws
from stacks.names import DEAD_LETTERS_OUTPUT, FUNCTION_OUTPUT, STACK
from tests.cli.conftest import Rootguard
from tests.cli.deployed import (  # noqa: F401 - fixtures
    OUTPUTS,
    As,
    allowed,
    aws,
    sign_in,
    stack,
    started,
)
from tests.drill.workload import Queue, function
from tests.given import attach, envelope

ANSWER = {"verdict": "revert", "reason": "violation", "rule": 8}
# It writes down what it is invoked with, and fails if that says so.
CODE = """
    import json, boto3
    boto3.client("sqs").send_message(QueueUrl={url!r}, MessageBody=json.dumps(event))
    if event.get("fails"):
        raise ValueError("still broken")
    return {answer!r}
"""


class Deployment:
    """The guard's queue of dead letters and its function, and the notices' two queues."""

    def __init__(self, local: LocalAws) -> None:
        self.aws = local
        self.dead, self.notices_dead, self.notices, self.heard = (Queue(local) for _ in range(4))
        made = function(local, CODE.strip().format(url=self.heard.url, answer=ANSWER))
        outputs = OUTPUTS | {
            DEAD_LETTERS_OUTPUT: self.dead.url,
            FUNCTION_OUTPUT: made["FunctionName"],
            "NoticesDeadLettersUrl": self.notices_dead.url,
            "NoticesQueueUrl": self.notices.url,
        }
        local.client("cloudformation").delete_stack(StackName=STACK)
        stack(local, outputs)

    def give_up(self, body: object, queue: Queue | None = None, **attributes: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        url = (queue or self.dead).url
        self.aws.client("sqs").send_message(QueueUrl=url, MessageBody=text, MessageAttributes=named)

    def left(self, queue: Queue | None = None) -> list[str]:
        """The bodies that anyone can see in a queue now."""
        found = self.aws.client("sqs").receive_message(
            QueueUrl=(queue or self.dead).url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture
def deployment(aws: LocalAws, sign_in: As) -> Deployment:  # noqa: F811
    made = Deployment(aws)
    for_redrive = ("lambda:InvokeFunction", "cloudformation:DescribeStacks")
    sqs = (
        "ReceiveMessage",
        "DeleteMessage",
        "ChangeMessageVisibility",
        "GetQueueAttributes",
        "SendMessage",
    )
    sign_in(allowed("olga", *for_redrive, *(f"sqs:{action}" for action in sqs)))
    return made


def wrapped(event: object, times: int = 1) -> dict[str, Any]:
    """The event as Lambda's on-failure destination has it."""
    for _ in range(times):
        event = {
            "requestContext": {"condition": "RetriesExhausted"},
            "requestPayload": event,
            "responsePayload": {"errorType": "OrganizationsError", "errorMessage": "no luck"},
        }
    assert isinstance(event, dict)
    return event


EVENT = envelope(attach())


@pytest.mark.parametrize("times", [0, 1, 2])
def test_an_event_is_sent_to_the_function_as_it_was_at_first_and_then_deleted(
    rootguard: Rootguard, deployment: Deployment, times: int
) -> None:
    deployment.give_up(wrapped(EVENT, times) if times else EVENT)
    result = rootguard("redrive", "--yes")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "AttachPolicy p-" in result.stdout
    assert ("OrganizationsError: no luck" in result.stdout) == (times > 0)
    assert "revert, violation" in result.stdout
    assert "1 delivered again and deleted. Nothing is left." in result.stdout
    assert deployment.heard.bodies() == [EVENT]
    assert deployment.left() == []
    assert "No dead letters." in rootguard("redrive").stdout


def test_only_what_succeeded_is_deleted_and_the_rest_can_be_seen_again_at_once(
    rootguard: Rootguard, deployment: Deployment
) -> None:
    broken = {**EVENT, "fails": True}
    deployment.give_up(wrapped(broken))
    deployment.give_up(wrapped(EVENT))
    result = rootguard("redrive", "--yes")
    assert result.exit_code == 1
    assert "✗ 1: " in result.stdout
    assert "still broken" in result.stdout
    assert "✓ 2: revert, violation" in result.stdout
    assert "1 delivered again and deleted. 1 kept." in result.stdout
    assert [json.loads(body) for body in deployment.left()] == [wrapped(broken)]


@pytest.mark.parametrize(("answer", "exit_code", "told"), [("y\n", 0, [EVENT]), ("n\n", 1, []), ("", 2, [])])
def test_it_asks_first_and_gives_back_what_nobody_agreed_to(
    rootguard: Rootguard, deployment: Deployment, answer: str, exit_code: int, told: list[Any]
) -> None:
    deployment.give_up(wrapped(EVENT))
    result = rootguard("redrive", stdin=answer)
    assert result.exit_code == exit_code
    assert "Deliver it again? [y/N]" in result.stderr
    assert len(deployment.left()) == 1 - len(told)
    if answer:
        assert deployment.heard.messages(len(told)) or not told
    else:
        assert "Add --yes" in result.stderr


def test_a_sweep_and_what_the_rule_gave_up_say_so(rootguard: Rootguard, deployment: Deployment) -> None:
    deployment.give_up({"source": "rootguard.sweep", "at": "2026-01-01T00:00:00Z"}, ERROR_CODE="THROTTLED")
    deployment.give_up(EVENT, ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="may not invoke")
    result = rootguard("redrive", stdin="n\n")
    assert "a sweep; later ones have done its work" in result.stdout
    assert "NO_PERMISSIONS: may not invoke" in " ".join(result.stdout.split())


@pytest.mark.parametrize("body", ["no JSON", "[]", "7"])
def test_what_is_no_event_is_kept_for_people(rootguard: Rootguard, deployment: Deployment, body: str) -> None:
    deployment.give_up(body)
    result = rootguard("redrive", "--yes")
    assert result.exit_code == 1
    assert "it is no event" in result.stdout
    assert deployment.left() == [body]


def test_the_other_queues_letters_go_back_to_their_queue_with_all_that_is_beside_them(
    rootguard: Rootguard, deployment: Deployment
) -> None:
    deployment.give_up({"key": "1"}, deployment.notices_dead, KIND="page")
    deployment.give_up(EVENT)
    result = rootguard("redrive", "--yes", "--queue", "notices")
    assert (result.exit_code, result.stderr) == (0, "")
    (message,) = deployment.notices.messages()
    assert json.loads(message["Body"]) == {"key": "1"}
    assert message["MessageAttributes"]["KIND"]["StringValue"] == "page"
    assert deployment.left(deployment.notices_dead) == []
    assert len(deployment.left()) == 1


def test_a_queue_that_is_not_there_is_refused(rootguard: Rootguard, deployment: Deployment) -> None:
    result = rootguard("redrive", "--queue", "slack")
    assert (result.exit_code, result.stdout) == (2, "")
    assert '--queue: there is no queue "slack"; there are guard, notices.' in result.stderr


@pytest.mark.parametrize(("options", "outcome", "exit_code"), [((), "waiting", 1), (("--yes",), "done", 0)])
def test_with_json_it_shows_and_delivers_only_with_yes(
    rootguard: Rootguard, deployment: Deployment, options: tuple[str, ...], outcome: str, exit_code: int
) -> None:
    deployment.give_up(wrapped(EVENT))
    result = rootguard("redrive", "--json", *options)
    assert (result.exit_code, result.stderr) == (exit_code, "")
    document = json.loads(result.stdout)
    (letter,) = document["dead_letters"]
    assert (letter["queue"], letter["outcome"]) == ("guard", outcome)
    assert letter["why"] == "OrganizationsError: no luck"
    assert (document["hidden"], document["more"]) == (0, 0)
    assert len(deployment.left()) == exit_code


def test_letters_that_someone_else_has_taken_are_not_called_none(
    rootguard: Rootguard, deployment: Deployment
) -> None:
    deployment.give_up(EVENT)
    taken = deployment.aws.client("sqs").receive_message(QueueUrl=deployment.dead.url, VisibilityTimeout=60)
    assert len(taken["Messages"]) == 1
    result = rootguard("redrive")
    assert result.exit_code == 1
    assert "1 more are taken by someone else" in result.stdout


def test_whoever_may_not_invoke_the_function_is_told_and_keeps_the_letters(
    rootguard: Rootguard,
    deployment: Deployment,
    sign_in: As,  # noqa: F811
) -> None:
    deployment.give_up(wrapped(EVENT))
    reading = ("ReceiveMessage", "ChangeMessageVisibility", "GetQueueAttributes")
    sign_in(allowed("rita", "cloudformation:DescribeStacks", *(f"sqs:{action}" for action in reading)))
    result = rootguard("redrive", "--yes")
    assert result.exit_code == 3
    assert "lambda:InvokeFunction" in result.stderr
    assert len(deployment.left()) == 1


def test_what_a_letter_says_cannot_steer_the_terminal(rootguard: Rootguard, deployment: Deployment) -> None:
    said = wrapped(EVENT) | {"responsePayload": {"errorType": "E", "errorMessage": "\x1b[2Jgone"}}
    deployment.give_up(said)
    assert "\x1b" not in rootguard("redrive", stdin="n\n").stdout


def letter(queue: str, body: object, **attributes: Mapping[str, str]) -> Letter:
    text = body if isinstance(body, str) else json.dumps(body)
    return Letter(queue, "1", "r", datetime(2026, 1, 1, tzinfo=UTC), text, attributes)


def test_what_the_other_queues_hold_is_named() -> None:
    order = {"policy_type": "SERVICE_CONTROL_POLICY", "policy_id": "p-12345678", "target_id": "r-exam"}
    assert letter("restore", order).what == "attach p-12345678 to r-exam"
    notice = {"key": "i-1/found", "about": "incident", "stage": "found", "data": {}}
    assert letter("notices", notice).what == "notice of an incident, found: i-1/found"
    alarm = {"AlarmName": "Rootguard-GuardErrors", "NewStateValue": "ALARM"}
    assert letter("slack", alarm).what.startswith("page: ")
    for queue in ("restore", "notices"):
        assert letter(queue, "?").what == "a message that cannot be read: ?"
