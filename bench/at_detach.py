"""One event through the guard's real handler, in a process of its own, up to the DetachPolicy that it sends.

Run: .venv/bin/python bench/at_detach.py [CASE] [--time]

Someone whom nobody trusts attached a `Deny *` SCP to Root. AWS answers from memory. When the SDK sends
DetachPolicy, this prints one JSON document and ends: the calls so far, the modules of Rootguard that are
loaded with their lines, and how many of these lines have run since the event came. With --time nothing is
traced, and the document has how long it took instead.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

LAMBDAS = Path(__file__).parents[1] / "lambdas"
KNOWN, UNKNOWN, SILENT = "known", "unknown", "silent"
CASES = {
    KNOWN: "the policy is in the catalogue",
    UNKNOWN: "nothing is known of the policy",
    SILENT: "the ledger does not answer",
}
POLICY, ROOT, ACCOUNT = "p-12345678", "r-exam", "111122223333"
DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/nonexistent",
    "ROOTGUARD_TABLE": "ledger",
    "ROOTGUARD_EXCEPTIONS": "exceptions",
    "ROOTGUARD_NOTICES": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/notices",
    "ROOTGUARD_TOPIC_ARN": f"arn:aws:sns:us-east-1:{ACCOUNT}:rootguard",
    "ROOTGUARD_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/rootguard-guard",
    "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
    "POWERTOOLS_SERVICE_NAME": "rootguard",
}
GUARDRAIL = {
    "mode": "enforce",
    "protections": [
        {
            "name": "root",
            "targets": ["root"],
            "include_descendants": False,
            "policy_types": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"],
            "allow": [],
            "trusted_principals": [],
            "on_violation": "revert",
            "restore_policy_type": False,
            "pin_accounts": [],
        }
    ],
}
EVENT = {
    "detail-type": "AWS API Call via CloudTrail",
    "source": "aws.organizations",
    "detail": {
        "eventSource": "organizations.amazonaws.com",
        "eventName": "AttachPolicy",
        "eventTime": "2026-11-23T08:15:02Z",
        "eventID": "5c1f0e9a-2b7d-4e63-9a41-0d8f6b2c7e15",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/op",
        },
        "requestParameters": {"policyId": POLICY, "targetId": ROOT},
        "responseElements": None,
    },
}


class Lambda:
    """Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Return a minute."""
        return 60_000


class Aws:
    """AWS in memory, until DetachPolicy."""

    def __init__(self, case: str, ended: Callable[[list[str]], NoReturn]) -> None:
        self._case = case
        self._ended = ended
        self._calls: list[str] = []

    def answer(self, request: Any, **_: object) -> Any:
        """Answer one request of any service, as botocore's event "before-send" wants it."""
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if operation == "DetachPolicy":
            self._ended(self._calls)
        self._calls.append(operation)
        if self._case == SILENT and operation in ("BatchGetItem", "Query"):
            return _response(request.url, 400, {"__type": "AccessDeniedException", "message": "no"})
        return _response(request.url, 200, self._said(operation))

    def _said(self, operation: str) -> dict[str, Any]:
        if operation == "BatchGetItem":
            items = [_CATALOGUED] if self._case == KNOWN else []
            return {"Responses": {"ledger": [_ADOPTED, *items]}, "UnprocessedKeys": {}}
        if operation == "Query":
            return {"Items": [], "Count": 0, "ScannedCount": 0}
        if operation == "DescribePolicy":
            arn = f"arn:aws:organizations::{ACCOUNT}:policy/o-exampleorgid/service_control_policy/{POLICY}"
            summary = {"Id": POLICY, "Arn": arn, "Name": "Quarantine", "Type": "SERVICE_CONTROL_POLICY"}
            return {"Policy": {"PolicySummary": summary | {"AwsManaged": False}, "Content": DENY_ALL}}
        return {}


def _items() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the ledger holds: that Root was adopted, and the policy in the catalogue."""
    # After the path is set; the guard loads it, too.
    from rootguard.aws.ledger import ADOPTED, KNOWN  # noqa: PLC0415
    from rootguard.domain.policy import Policy  # noqa: PLC0415

    policy = Policy(POLICY, "SERVICE_CONTROL_POLICY", "Quarantine", content=DENY_ALL)
    adopted = ADOPTED.item("SERVICE_CONTROL_POLICY", ROOT, "#SERVICE_CONTROL_POLICY")
    known = KNOWN.item(policy, POLICY)
    return _written(adopted), _written(known)


def _written(item: dict[str, str | int]) -> dict[str, Any]:
    return {name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in item.items()}


_ADOPTED: dict[str, Any]
_CATALOGUED: dict[str, Any]


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._content


def _response(url: str, status: int, body: dict[str, Any]) -> Any:
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415

    content = json.dumps(body).encode()
    return AWSResponse(url, status, {"content-type": "application/x-amz-json-1.0"}, _Body(content))


def loaded() -> dict[str, int]:
    """Return the modules of Rootguard that are loaded, and their lines."""
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    return {
        name: len(Path(file).read_text("utf-8").splitlines())
        for name, file in sorted(files.items())
        if name.partition(".")[0] == "rootguard" and file
    }


def traced(lines: set[tuple[str, int]]) -> Callable[..., Any]:
    """Return a trace function that keeps which lines of Rootguard run."""
    room = str(LAMBDAS / "rootguard")

    def trace(frame: FrameType, event: str, _: object) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(room):
            return None
        if event == "line":
            lines.add((file, frame.f_lineno))
        return trace

    return trace


def main(case: str, *, is_timed: bool) -> None:
    """Send the event, and print what is so when DetachPolicy is sent."""
    global _ADOPTED, _CATALOGUED
    sys.path.insert(0, str(LAMBDAS))
    lines: set[tuple[str, int]] = set()
    began = 0.0

    def ended(calls: list[str]) -> NoReturn:
        took = time.perf_counter() - began
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        document: dict[str, Any] = {"calls": calls, "milliseconds": took * 1000 if is_timed else None}
        sys.stdout.write(json.dumps(document | {"modules": loaded(), "lines_run": len(lines)}) + "\n")
        sys.stdout.flush()
        os._exit(0)

    with tempfile.TemporaryDirectory() as task_root:
        (Path(task_root) / "guardrail.json").write_text(json.dumps(GUARDRAIL))
        os.environ |= SETTINGS | {"LAMBDA_TASK_ROOT": task_root}
        import boto3  # noqa: PLC0415 - after the settings

        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register("before-send", Aws(case, ended).answer)
        from rootguard.handlers.guard import handler  # noqa: PLC0415

        _ADOPTED, _CATALOGUED = _items()
        if not is_timed:
            threading.settrace(traced(lines))
            sys.settrace(traced(lines))
        began = time.perf_counter()
        handler(EVENT, Lambda())
        raise SystemExit("the guard sent no DetachPolicy")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("case", choices=CASES, nargs="?", default=UNKNOWN)
    parser.add_argument("--time", action="store_true", help="trace nothing, and say how long it took")
    options = parser.parse_args()
    main(options.case, is_timed=options.time)
