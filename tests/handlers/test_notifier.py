"""The notifier's entry point: a batch of notices, of which only what failed comes again."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from rootguard.incidents.notice import About, Notice, Stage
from rootguard.ports import LedgerError, OutboxError
from tests.fakes.channels import queue_event
from tests.given import NOW, POLICY
from tests.notify.stories import ID, story

MAIN, CLOSINGS = "arn:aws:sns:us-east-1:111122223333:pages", "arn:aws:sns:us-east-1:111122223333:closings"


class Context:
    """What Lambda says of the time that is left."""

    aws_request_id = "8f5e3c1a-4c4b-4e6e-9f57-4d9d2f0f1c11"

    def get_remaining_time_in_millis(self) -> int:
        return 5_000  # too little to look anything up


class Published:
    """Takes the place of the topics and of the ledger."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, closings: str | None) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.claimed: list[str] = []
        self.refused: set[str] = set()
        self.silent = False
        monkeypatch.setenv("ROOTGUARD_TABLE", "ledger")
        monkeypatch.setenv("ROOTGUARD_TOPIC_ARN", MAIN)
        monkeypatch.setenv("ROOTGUARD_NOTICES", "https://sqs.us-east-1.amazonaws.com/111122223333/notices")
        monkeypatch.setenv("ROOTGUARD_RUNBOOKS", "docs/runbooks/")
        monkeypatch.setenv("ROOTGUARD_ROLE_ARN", "arn:aws:iam::111122223333:role/guard")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.delenv("ROOTGUARD_CLOSINGS_TOPIC_ARN", raising=False)
        if closings:
            monkeypatch.setenv("ROOTGUARD_CLOSINGS_TOPIC_ARN", closings)
        import rootguard.handlers.notifier as module  # noqa: PLC0415 - it reads the environment

        module = importlib.reload(module)
        monkeypatch.setattr("rootguard.aws.outbox.Topic.publish", self._publisher())
        for name in ("claim", "paged", "release"):
            monkeypatch.setattr(f"rootguard.aws.claims.Claims.{name}", self._mark(name))
        self.handler = module.handler

    def __call__(self, *bodies: str) -> list[str]:
        """Hand over a batch, and return the messages that come again."""
        answer = self.handler(queue_event(*bodies, at=NOW), Context())
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    def _publisher(self) -> Any:
        def publish(topic: Any, subject: str, message: str) -> None:
            said = json.loads(json.loads(message)["default"])
            if said["data"]["id"] in self.refused:
                raise OutboxError("SNS did not take it")
            self.messages.append((topic._topic_arn, said))  # noqa: SLF001 - which one it is

        return publish

    def _mark(self, name: str) -> Any:
        def mark(_: Any, key: str, *__: Any) -> bool:
            if self.silent:
                raise LedgerError("the ledger does not answer")
            self.claimed.append(f"{name} {key}")
            return True

        return mark


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Published:
    return Published(monkeypatch, CLOSINGS)


def body(stage: Stage = Stage.FOUND, incident_id: str = ID, **more: Any) -> str:
    data = story(id=incident_id).incident.as_json() | more
    return json.dumps(Notice(f"{incident_id}/{stage.value}", About.INCIDENT, stage, data).as_json())


def test_each_notice_is_published_and_noted(published: Published) -> None:
    assert published(body(), body(Stage.OVER, closed_at=NOW.isoformat())) == []
    assert [(arn, said["stage"]) for arn, said in published.messages] == [(MAIN, "found"), (CLOSINGS, "over")]
    assert published.claimed == [
        *(f"claim {ID}/found", f"claim {ID}/over"),
        *(f"paged {ID}/found", f"paged {ID}/over"),
    ]
    assert published.messages[0][1]["data"]["drift"]["policy_id"] == POLICY


def test_only_what_failed_comes_again(published: Published) -> None:
    published.refused = {"i-2"}
    again = published(body(incident_id="i-1"), body(incident_id="i-2"), "no notice")
    assert sorted(again) == ["message-1", "message-2"]
    assert [said["data"]["id"] for _, said in published.messages] == ["i-1"]
    assert "release i-2/found" in published.claimed


def test_first_contact_of_no_certain_time_fails_alone(published: Published) -> None:
    data = {"at": "2026-11-27T12:00:00", "targets": []}
    adoption = json.dumps(Notice("adoption/1", About.ADOPTION, Stage.FOUND, data).as_json())
    assert published(adoption, body()) == ["message-0"]
    assert [said["data"]["id"] for _, said in published.messages] == [ID]
    assert "release adoption/1" in published.claimed


def test_without_the_ledger_it_pages_all_the_same(published: Published) -> None:
    published.silent = True
    assert published(body()) == []
    assert len(published.messages) == 1


def test_without_a_channel_what_is_over_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    published = Published(monkeypatch, None)
    assert published(body(Stage.OVER, closed_at=NOW.isoformat())) == []
    assert published.messages == []
