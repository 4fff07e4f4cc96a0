"""What a thing is told in, by e-mail and SMS: its page, laid out as plain text."""

from __future__ import annotations

from rootguard.domain.exceptions import ExceptionNews
from rootguard.incidents.adoption import Adoption
from rootguard.incidents.incident import Incident
from rootguard.notify.layouts import plain
from rootguard.notify.page import Page
from rootguard.notify.words import adoption, incidents
from rootguard.notify.words import exceptions as grants

Told = Incident | ExceptionNews | tuple[Adoption, ...]


def page(told: Told) -> Page:
    match told:
        case Incident():
            return incidents.page(told)
        case ExceptionNews():
            return grants.page(told)
        case _:
            return adoption.page(told)


def body(told: Told) -> str:
    return plain.body(page(told))


def subject(told: Told) -> str:
    return plain.subject(page(told))


def sms(told: Told) -> str:
    return plain.sms(page(told))
