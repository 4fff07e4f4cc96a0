"""What people read by e-mail and SMS: a page, laid out as plain text."""

from __future__ import annotations

import json
from datetime import datetime

from rootguard.notify import messages
from rootguard.notify.layouts import topic
from rootguard.notify.page import Page
from rootguard.notify.story import Story
from rootguard.notify.words import adoption, exceptions, incidents
from rootguard.notify.words.adoption import Adoption
from rootguard.notify.words.exceptions import Exempted

News = Story | Exempted | Adoption


def page(news: News) -> Page:
    match news:
        case Story():
            return incidents.page(news)
        case Exempted():
            return exceptions.page(news)
        case Adoption():
            return adoption.page(news)


def body(news: News) -> str:
    return topic.body(page(news))


def subject(news: News) -> str:
    return topic.subject(page(news))


def sms(news: News) -> str:
    return topic.sms(page(news))


def of_the_topic(told: object, received: datetime) -> Page:
    """The page of a message on the topic, which is text or some JSON."""
    return messages.page_of(told if isinstance(told, str) else json.dumps(told), received)
