"""What a thing is told in, by e-mail and SMS: its page, laid out as plain text."""

from __future__ import annotations

from rootguard.core.adoption import Adoption
from rootguard.core.grants import ExceptionNews
from rootguard.core.incident import Incident
from rootguard.core.page import Page
from rootguard.core.render import adoption, grants, incidents, plain

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
