"""A call against Rootguard's own parts in words: who, what, on what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rootguard.notify import messages
from rootguard.notify.layouts import topic
from rootguard.notify.page import Kind, Page, Severity

ADMIN = "arn:aws:iam::111122223333:role/Admin"
RECEIVED = datetime(2026, 11, 20, 9, 16, tzinfo=UTC)
RULE = "Rootguard-DetectionPolicyChanges0A1B2C3D"


NOTICE = (
    f"Rootguard TAMPERED: DisableRule (events.amazonaws.com) on {RULE} by "
    "arn:aws:sts::111122223333:assumed-role/Admin/alice from 192.0.2.10 at 2020-07-28T11:35:28Z. "
    "If nobody planned it, list the policies on Root now, and deploy Rootguard again. "
    "CloudTrail event 4256d14a-380d-40d2-9a4f-b10a9bab1ce6. AWS refused the call if an error follows: "
)
EMAIL = f"""\
TAMPERED. Someone other than the deployment changed a part of Rootguard: alice (role Admin).
It may NOT be safe: Rootguard may be blind, or unable to undo or to page.

Call      DisableRule (events.amazonaws.com)
On        {RULE}
By        alice (role Admin)
          arn:aws:sts::111122223333:assumed-role/Admin/alice
          from 192.0.2.10
When      2020-07-28 11:35:28 UTC

What to do next
1. Ask alice (role Admin) whether it was planned. If nobody can explain it, treat the credential as stolen, \
and revoke it.
2. List the policies on Root and detach what does not belong there:
     {messages.LIST_ROOT}
3. Do the same for RESOURCE_CONTROL_POLICY, and for the other protected targets.
4. Deploy Rootguard again, and check that a sweep completes:
     make deploy
5. Read in CloudTrail what else they did.

CloudTrail event 4256d14a-380d-40d2-9a4f-b10a9bab1ce6 (DisableRule)
"""


def facts(page: Page) -> dict[str, tuple[str, ...]]:
    return {field.label: field.lines for field in page.fields}


def page_of(text: str) -> Page:
    return messages.page_of(text, RECEIVED)


def test_a_notice_says_who_did_what_to_what() -> None:
    page = page_of(NOTICE)
    assert topic.body(page) == EMAIL
    assert topic.subject(page) == f"Rootguard TAMPERED: DisableRule on {RULE}"
    assert (page.kind, page.severity, page.safe) == (Kind.TAMPERED, Severity.CRITICAL, None)


@pytest.mark.parametrize(
    ("call", "named", "title", "parts"),
    [
        (
            "DeleteFunction20150331",
            "Rootguard-Guard",
            "DeleteFunction on Rootguard-Guard",
            ("Rootguard-Guard",),
        ),
        (
            "UpdateEventSourceMapping20150331",
            "a1b2arn:aws:lambda:us-east-1:1:function:Rootguard-Slack",
            "UpdateEventSourceMapping on a1b2",
            ("a1b2", "arn:aws:lambda:us-east-1:1:function:Rootguard-Slack"),
        ),
        ("StopLogging", "", "StopLogging on a part of Rootguard", ("not named in the record",)),
    ],
)
def test_the_part_is_named_as_far_as_the_record_does(
    call: str, named: str, title: str, parts: tuple[str, ...]
) -> None:
    page = page_of(NOTICE.replace("DisableRule", call).replace(f"on {RULE} by", f"on {named} by"))
    assert page.title == title
    assert facts(page)["On"] == parts


def test_a_refused_call_is_worded_as_such() -> None:
    page = page_of(NOTICE + "AccessDenied")
    assert (page.headline, facts(page)["Refused"]) == ("TAMPERING REFUSED", ("AccessDenied",))
    assert page.sentences[0].endswith("AWS refused it with AccessDenied.")
    assert page.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("arn", "who"),
    [
        ("arn:aws:iam::111122223333:root", "the root user of account 111122223333"),
        ("arn:aws:iam::111122223333:user/ops/diego", "user diego"),
        (
            "arn:aws-us-gov:sts::111122223333:assumed-role/Admin/a@b.example",
            "a@b.example (role Admin)",
        ),
        ("arn:aws:sts::111122223333:federated-user/bob", "Principal bob"),
        ("", "someone whom the record does not name"),
    ],
)
def test_a_notice_names_who_it_was(arn: str, who: str) -> None:
    page = page_of(NOTICE.replace("arn:aws:sts::111122223333:assumed-role/Admin/alice", arn))
    assert facts(page)["By"][0] == who


def test_a_notice_in_other_words_is_still_a_page() -> None:
    page = page_of("Rootguard TAMPERED: something was touched.")
    assert (page.kind, page.severity, page.at) == (Kind.TAMPERED, Severity.CRITICAL, RECEIVED)
    assert facts(page)["Message"] == ("Rootguard TAMPERED: something was touched.",)
    assert page.steps


@pytest.mark.parametrize("at", ["", "now", "2020-07-28T11:35:28"])
def test_a_notice_whose_time_is_none_is_critical_all_the_same(at: str) -> None:
    page = page_of(NOTICE.replace("2020-07-28T11:35:28Z", at))
    assert (page.kind, page.severity, page.at) == (Kind.TAMPERED, Severity.CRITICAL, RECEIVED)


def test_other_text_is_no_notice() -> None:
    assert page_of("Rootguard is well").headline == "UNREADABLE"


def test_an_actor_whom_the_record_does_not_name_is_no_reason_to_be_silent() -> None:
    page = page_of(NOTICE.replace("arn:aws:sts::111122223333:assumed-role/Admin/alice", ""))
    assert page.sentences[0].endswith(": someone whom the record does not name.")
    assert page.steps[0].startswith(
        "Find out in CloudTrail's records just before who did it, and whether it was planned."
    )


def test_no_name_adds_a_line() -> None:
    page = page_of(NOTICE.replace(f"on {RULE}", "on x\nNOT-UNDONE\u202e"))
    assert len(topic.body(page).splitlines()) <= len(EMAIL.splitlines()) + 1


# The guard's own plain line


def test_the_plain_line_is_a_critical_page_that_says_what_it_says() -> None:
    line = "Rootguard: undone: AttachPolicy p-12345678 on r-exam, by diego. The details could not be sent."
    page = page_of(line)
    assert (page.severity, page.safe, page.sentences[0]) == (Severity.CRITICAL, None, line)
    assert page.steps
