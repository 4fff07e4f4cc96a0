"""A channel's secret, from Secrets Manager.

It is never in the template, the environment or the logs: the function gets its name, and reads it. What was
read is held for five minutes, so that a secret that was replaced holds for the pages that failed by the old
one ("GetSecretValue", AWS Secrets Manager API Reference).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from rootguard.aws.calls import CONFIG

Made = TypeVar("Made")

_HELD_SECONDS: Final = 300


class SecretError(Exception):
    """A channel has no usable secret. The message names the secret, never its value."""


@cache
def provider() -> SecretsProvider:
    """Return the one reader of this environment."""
    return SecretsProvider(boto_config=CONFIG)


def made_of(name: str, make: Callable[[str], Made]) -> Made:
    """Return what `make` makes of the text of a secret, by the secret's name.

    Raises SecretError if it cannot be read, is empty, or if `make` raises ValueError.
    """
    try:
        value: object = provider().get(name, max_age=_HELD_SECONDS)
    except GetParameterError as error:
        raise SecretError(f'the secret "{name}" cannot be read: {error}') from error
    if not isinstance(value, str) or not value.strip():
        raise SecretError(f'the secret "{name}" holds no text')
    try:
        return make(value.strip())
    except ValueError as error:
        raise SecretError(f'the secret "{name}" cannot be used: {error}') from error
