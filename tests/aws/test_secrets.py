"""A channel's secret: read by name, held for a while, and never told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.stub import Stubber

from rootguard.aws import secrets
from rootguard.aws.secrets import SecretError


@pytest.fixture
def manager(credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Secrets Manager, which answers as it is told, once each time."""
    client: Any = boto3.client("secretsmanager")
    reader = SecretsProvider(boto3_client=client)
    monkeypatch.setattr(secrets, "provider", lambda: reader)
    with Stubber(client) as stubber:
        yield stubber


def hold(manager: Stubber, **value: object) -> None:
    answer = {"ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf", "Name": "a", **value}
    manager.add_response("get_secret_value", answer, {"SecretId": "a"})


def test_it_is_read_by_name_and_held(manager: Stubber) -> None:
    hold(manager, SecretString="https://example.com/SECRET\n")
    assert [secrets.made_of("a", str) for _ in range(2)] == ["https://example.com/SECRET"] * 2


@pytest.mark.parametrize("value", [{"SecretString": " \n"}, {"SecretBinary": b"SECRET"}, {}])
def test_a_secret_without_text_is_named(manager: Stubber, value: dict[str, object]) -> None:
    hold(manager, **value)
    with pytest.raises(SecretError, match='the secret "a"') as refused:
        secrets.made_of("a", str)
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException", "DecryptionFailure"])
def test_a_secret_that_cannot_be_read_is_named_with_the_reason(manager: Stubber, code: str) -> None:
    manager.add_client_error("get_secret_value", code)
    with pytest.raises(SecretError, match=f'the secret "a" cannot be read: .*{code}'):
        secrets.made_of("a", str)


def test_what_comes_of_it_is_returned(manager: Stubber) -> None:
    hold(manager, SecretString="12")
    assert secrets.made_of("a", int) == 12


def test_a_secret_that_cannot_be_used_is_named_and_not_told(manager: Stubber) -> None:
    def refuse(_value: str) -> None:
        raise ValueError("not a key")

    hold(manager, SecretString="SECRET")
    with pytest.raises(SecretError, match=r'^the secret "a" cannot be used: not a key$'):
        secrets.made_of("a", refuse)
