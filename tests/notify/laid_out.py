"""What people read by e-mail and SMS: a page, laid out as plain text."""

from __future__ import annotations

from rootguard.notify.layouts import plain
from rootguard.notify.page import Page
from rootguard.notify.story import Story
from rootguard.notify.words import adoption, exceptions, incidents
from rootguard.notify.words.adoption import Adoption
from rootguard.notify.words.exceptions import Exempted

Told = Story | Exempted | Adoption


def page(told: Told) -> Page:
    match told:
        case Story():
            return incidents.page(told)
        case Exempted():
            return exceptions.page(told)
        case Adoption():
            return adoption.page(told)


def body(told: Told) -> str:
    return plain.body(page(told))


def subject(told: Told) -> str:
    return plain.subject(page(told))


def sms(told: Told) -> str:
    return plain.sms(page(told))
