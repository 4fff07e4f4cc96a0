"""A call against Rootguard's own parts in words: who, what, on what; from an event and from its notice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rootguard.notify import messages
from rootguard.notify.layouts import topic
from rootguard.notify.page import Kind, Page, Severity
from tests.given import by_role, envelope, real

ADMIN = "arn:aws:iam::111122223333:role/Admin"
RECEIVED = datetime(2026, 11, 20, 9, 16, tzinfo=UTC)
RULE = "Rootguard-DetectionPolicyChanges0A1B2C3D"


def event(
    service: str = "events", name: str = "DisableRule", parameters: Any = None, **changed: Any
) -> dict[str, Any]:
    """What EventBridge delivers of such a call."""
    record = real("eventbridge-move-account-by-assumed-role")["detail"] | {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "requestParameters": {"name": RULE} if parameters is None else parameters,
        "userIdentity": by_role(ADMIN, "alice"),
    }
    return envelope(record | changed)


EVENT = event()
NOTICE = (
    f"Rootguard TAMPERED: DisableRule (events.amazonaws.com) on {RULE} by "
    "arn:aws:sts::111122223333:assumed-role/Admin/alice from 192.0.2.10 at 2020-07-28T11:35:28Z. "
    "Refused, if a code follows: . If nobody announced it: list the policies on Root by hand, deploy "
    "Rootguard again, and see what else they did. CloudTrail event 4256d14a-380d-40d2-9a4f-b10a9bab1ce6."
)
EMAIL = f"""\
TAMPERED. Role Admin, session alice changed a part of Rootguard, and is not the deployment.
It may NOT be safe: Rootguard may be blind, or unable to undo or to page.

Call      DisableRule (events.amazonaws.com)
On        {RULE}
By        role Admin, session alice
          arn:aws:sts::111122223333:assumed-role/Admin/alice
          from 192.0.2.10, by API or CLI, without MFA
When      2020-07-28 11:35:28 UTC

What to do next
1. Ask role Admin, session alice: is it planned? If nobody knows of it, treat the credential as stolen, and \
revoke it.
2. List the policies on Root and on the protected targets by hand; detach what does not belong there.
3. Deploy Rootguard again (`make deploy`), and see that a sweep completes.
4. Read in CloudTrail what else they did.

CloudTrail event 4256d14a-380d-40d2-9a4f-b10a9bab1ce6 (DisableRule)
"""


def facts(page: Page) -> dict[str, tuple[str, ...]]:
    return {field.label: field.lines for field in page.fields}


def told(text: str) -> Page:
    return messages.tampering_noticed(text, RECEIVED)


def test_an_event_says_who_did_what_to_what() -> None:
    page = messages.tampering(EVENT)
    assert topic.body(page) == EMAIL
    assert topic.subject(page) == f"Rootguard TAMPERED: DisableRule on {RULE}"
    assert (page.kind, page.severity, page.safe) == (Kind.TAMPERED, Severity.CRITICAL, None)


def test_its_notice_says_the_same() -> None:
    by_event, by_notice = messages.tampering(EVENT), told(NOTICE)
    assert (by_notice.title, by_notice.sentences, by_notice.steps) == (
        by_event.title,
        by_event.sentences,
        by_event.steps,
    )
    assert (by_notice.about, by_notice.at, by_notice.severity) == (
        by_event.about,
        by_event.at,
        by_event.severity,
    )
    assert facts(by_notice) == facts(by_event) | {
        "By": (
            "role Admin, session alice",
            "arn:aws:sts::111122223333:assumed-role/Admin/alice",
            "from 192.0.2.10",
        )
    }


@pytest.mark.parametrize(
    ("made", "on", "parts"),
    [
        (
            event("lambda", "DeleteFunction20150331", {"functionName": "Rootguard-Guard"}),
            "DeleteFunction on Rootguard-Guard",
            ("Rootguard-Guard",),
        ),
        (
            event(
                "lambda",
                "UpdateEventSourceMapping20150331",
                {"uUID": "a1b2", "enabled": False},
                responseElements={"functionArn": "arn:aws:lambda:us-east-1:1:function:Rootguard-Slack"},
            ),
            "UpdateEventSourceMapping on Rootguard-Slack",
            ("arn:aws:lambda:us-east-1:1:function:Rootguard-Slack", "a1b2"),
        ),
        (
            event("sqs", "PurgeQueue", {"queueUrl": "https://sqs.us-east-1.amazonaws.com/1/Rootguard-Dead"}),
            "PurgeQueue on Rootguard-Dead",
            ("https://sqs.us-east-1.amazonaws.com/1/Rootguard-Dead",),
        ),
        (
            event("monitoring", "DeleteAlarms", {"alarmNames": [f"Rootguard-{n}" for n in range(7)]}),
            "DeleteAlarms on Rootguard-0",
            (*(f"Rootguard-{n}" for n in range(5)), "2 more"),
        ),
        (
            event(
                "iam", "PutRolePolicy", {"roleName": "Rootguard-R", "policyName": "p", "policyDocument": "{}"}
            ),
            "PutRolePolicy on Rootguard-R",
            ("Rootguard-R", "p"),
        ),
        (event("cloudtrail", "StopLogging", {}), "StopLogging on a part of Rootguard", None),
    ],
    ids=["function", "mapping", "queue", "alarms", "role", "nothing named"],
)
def test_the_part_is_named_as_far_as_the_record_does(
    made: dict[str, Any], on: str, parts: tuple[str, ...] | None
) -> None:
    page = messages.tampering(made)
    assert page.title == on
    assert facts(page)["On"] == (parts or ("not named in the record",))


def test_a_refused_call_is_told_as_such() -> None:
    page = messages.tampering(event(errorCode="AccessDenied"))
    assert (page.headline, facts(page)["Refused"]) == ("TAMPERING REFUSED", ("AccessDenied",))
    assert page.sentences[0].endswith("AWS refused it with AccessDenied.")
    notice = told(NOTICE.replace("code follows: ", "code follows: AccessDenied"))
    assert (notice.headline, notice.sentences) == (page.headline, page.sentences)


@pytest.mark.parametrize(
    ("arn", "who"),
    [
        ("arn:aws:iam::111122223333:root", "the root user of account 111122223333"),
        ("arn:aws:iam::111122223333:user/ops/diego", "user diego"),
        (
            "arn:aws-us-gov:sts::111122223333:assumed-role/Admin/a@b.example",
            "role Admin, session a@b.example",
        ),
        ("arn:aws:sts::111122223333:federated-user/bob", "Principal bob"),
        ("", "someone whom the record does not name"),
    ],
)
def test_a_notice_names_who_it_was(arn: str, who: str) -> None:
    page = told(NOTICE.replace("arn:aws:sts::111122223333:assumed-role/Admin/alice", arn))
    assert facts(page)["By"][0] == who


def test_a_notice_in_other_words_is_still_a_page() -> None:
    page = told("Rootguard TAMPERED: something was touched.")
    assert (page.kind, page.severity, page.at) == (Kind.TAMPERED, Severity.CRITICAL, RECEIVED)
    assert facts(page)["Notice"] == ("Rootguard TAMPERED: something was touched.",)
    assert page.steps


def test_other_text_is_no_notice() -> None:
    assert messages.page_of("Rootguard is well", RECEIVED).headline == "UNREADABLE"


@pytest.mark.parametrize(
    "changed",
    [
        {"eventName": None},
        {"eventSource": 7},
        {"eventTime": "now"},
        {"eventID": None},
        {"errorCode": ["x"]},
    ],
    ids=str,
)
def test_what_is_no_record_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        messages.tampering(event(**changed))


def test_an_actor_whom_the_record_does_not_name_is_no_reason_to_be_silent() -> None:
    page = messages.tampering(event(userIdentity=None))
    assert page.sentences[0].startswith("Someone whom the record does not name changed a part of Rootguard")
    assert page.steps[0].startswith(
        "Find out who did it, in CloudTrail's records just before: is it planned?"
    )


def test_no_name_adds_a_line() -> None:
    page = messages.tampering(event(parameters={"name": "x\nNOT UNDONE\u202e"}))
    assert len(topic.body(page).splitlines()) == len(EMAIL.splitlines())


def test_no_service_is_asked_whether_it_is_planned() -> None:
    service = {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
    told = messages.tampering(event(userIdentity=service, sourceIPAddress="config.amazonaws.com"))
    assert told.steps[0].startswith("Find out who had the service config.amazonaws.com do it, ")
    nobody = NOTICE.replace("arn:aws:sts::111122223333:assumed-role/Admin/alice", "")
    unnamed = messages.tampering_noticed(nobody, RECEIVED)
    assert unnamed.steps[0].startswith(
        "Find out who did it, in CloudTrail's records just before: is it planned?"
    )
