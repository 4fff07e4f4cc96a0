"""docs/adding-a-channel.md: its code is run as it stands there, from the queue to the request."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from aws_cdk.assertions import Template

from rootguard.aws import secrets
from rootguard.aws.secrets import SecretError
from stacks import bundling, config
from stacks.constructs.channel import Channel
from tests.fakes.channels import queue_event
from tests.fakes.http_server import Answer, Fault, HttpServer
from tests.given import NOW
from tests.notify.laid_out import page
from tests.notify.stories import story
from tests.stacks.synthesis import ROOT_ONLY, stack

REPOSITORY = Path(__file__).parents[2]
DOC = (REPOSITORY / "docs" / "adding-a-channel.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python(?: file=(\S+))?\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL)
FILES = {name: code for name, code in BLOCKS if name}
PAGE = page(story()).with_runbook("https://example.com/undone.md")


def block(beginning: str) -> str:
    """The one block of code that begins so."""
    (found,) = [code for _, code in BLOCKS if code.startswith(beginning)]
    return str(found)


def hold(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Let every secret hold this text."""
    manager = SimpleNamespace(get=lambda _name, **_: secret)
    monkeypatch.setattr(secrets, "provider", lambda: manager)


@pytest.fixture
def handler(http_server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document's channel, with the local server behind its secret."""
    monkeypatch.setenv("ROOTGUARD_SECRET", "rootguard/webhook")
    monkeypatch.setenv("ROOTGUARD_RUNBOOKS", "docs/runbooks/")
    hold(monkeypatch, f"{http_server.url}/hooks/x")
    for path, code in FILES.items():
        module = ModuleType(path.removeprefix("lambdas/").removesuffix(".py").replace("/", "."))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(code, path, "exec"), module.__dict__)  # noqa: S102 - the document's own
    return sys.modules["rootguard.handlers.webhook"].handler


def event() -> dict[str, Any]:
    return queue_event(json.dumps({"page": PAGE.as_json()}), at=NOW)


def test_a_page_arrives(handler: Any, http_server: HttpServer) -> None:
    assert handler(event(), None) == {"batchItemFailures": []}
    (request,) = http_server.requests
    told = request.json()
    assert (told["id"], told["severity"]) == (PAGE.about, "warning")
    assert told["title"] == 'UNDONE: SCP "Quarantine" attached to Root'
    assert told["runbook"] == PAGE.runbook


@pytest.mark.parametrize("met", [Answer(500), Answer(302, "", {"Location": "/"}), Fault.RESET], ids=str)
def test_what_is_not_accepted_comes_again(handler: Any, http_server: HttpServer, met: Answer | Fault) -> None:
    http_server.answer(met)
    assert handler(event(), None) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def test_a_secret_that_is_no_url_is_named_and_not_told(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, "http://example.com/SECRET")
    with pytest.raises(SecretError, match='the secret "rootguard/webhook" cannot be used') as refused:
        handler(event(), None)
    assert "SECRET" not in str(refused.value)


def test_the_line_in_the_stack_makes_the_channel() -> None:
    made = stack(ROOT_ONLY)
    paging, watchdog = made.node.find_child("Paging"), made.node.find_child("Watchdog")
    known = {
        "channel": functools.partial(
            Channel, made, pages=ROOT_ONLY.pages, organization=None, paging=paging, watchdog=watchdog
        ),
        "pages": SimpleNamespace(webhook=SimpleNamespace(url_secret="rootguard/webhook")),  # noqa: S106 - a name
    }
    exec(block('channel("Webhook"'), known)  # noqa: S102 - the document's own
    parts = Template.from_stack(made).to_json()["Resources"].values()
    handlers = {part["Properties"].get("Handler") for part in parts}
    alarms = {part["Properties"].get("AlarmName") for part in parts}
    assert "rootguard.handlers.webhook.handler" in handlers
    assert "Rootguard-WebhookDeadLetters" in alarms


def test_the_line_stands_as_those_of_the_channels_there_are() -> None:
    composed = (REPOSITORY / "stacks" / "guardrail_stack.py").read_text("utf-8")
    assert 'channel("Slack", secret=pages.slack.webhook_secret)' in composed


def test_the_model_is_one_of_guardrail_yamls() -> None:
    known = dict(vars(config))
    exec(block("class Webhook"), known)  # noqa: S102 - the document's own
    known["Webhook"].model_validate({"url_secret": "rootguard/webhook"})
    with pytest.raises(ValueError, match="is not the name of a secret"):
        known["Webhook"].model_validate({"url_secret": "https://example.com/hooks/x"})


def test_the_names_are_those_there_are_and_one_more() -> None:
    known: dict[str, Any] = {}
    exec(block("CHANNELS"), known)  # noqa: S102 - the document's own
    assert known["CHANNELS"] == (*bundling.CHANNELS, "webhook")


@pytest.mark.parametrize("path", FILES)
def test_the_code_is_in_the_repositorys_shape(path: str) -> None:
    for verb in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *verb, "--quiet", "--stdin-filename", path, "-"]
        done = subprocess.run(
            command, input=FILES[path], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", DOC))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (REPOSITORY / "docs" / link).exists()
