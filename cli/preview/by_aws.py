"""E-mail and SMS that AWS lays out: an alarm's by CloudWatch, a notice of tampering by SNS. Pure.

AWS documents neither layout and may change both. They are shown as such e-mails usually look, without what
comes at the end: the threshold, the metric and the link to unsubscribe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sent:
    """What one e-mail and one SMS say."""

    subject: str
    email: str
    sms: str


def of_alarm(alarm: Mapping[str, Any]) -> Sent:
    """Return what CloudWatch makes of an alarm, whose shape is that of its message to a topic."""
    name, state, region = alarm["AlarmName"], alarm["NewStateValue"], alarm["Region"]
    headline = f'{state}: "{name}" in {region}'
    email = f"""\
You are receiving this email because your Amazon CloudWatch Alarm "{name}" in the {region} region has \
entered the {state} state, because "{alarm["NewStateReason"]}" at "{alarm["StateChangeTime"]}".

Alarm Details:
- Name:                       {name}
- Description:                {alarm["AlarmDescription"]}
- State Change:               {alarm["OldStateValue"]} -> {state}
- Reason for State Change:    {alarm["NewStateReason"]}
- Timestamp:                  {alarm["StateChangeTime"]}
- AWS Account:                {alarm["AWSAccountId"]}
"""
    return Sent(headline, email, headline)


def of_notice(text: str) -> Sent:
    """Return what SNS makes of a text without a subject."""
    return Sent("AWS Notification Message", f"{text}\n", text)
