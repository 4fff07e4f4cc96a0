"""Who signed a call of STS: the call is made, with the headers that they sent, and STS says who they are.

`isolation.identity` checks the headers first. The call goes to the endpoint of this function's own Region,
and never to a place that a request names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Protocol

import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError, create_parser

from rootguard.isolation.identity import BODY, Caller, IdentityError

_OK, _SERVER_ERROR = 200, 500
_SECONDS: Final = 5
"""To connect, and then to wait for an answer."""
_ATTEMPTS: Final = 3


class Response(Protocol):
    """What is needed of an HTTP response."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Any: ...
    @property
    def content(self) -> bytes: ...


Post = Callable[[str, Mapping[str, str], str], Response]
"""Takes a URL, headers and a body. Raises botocore's HTTPClientError."""


def sts_endpoint(region: str) -> str:
    """Return the URL of STS in a Region. Who signs and who calls have to mean the same one."""
    session = botocore.session.Session()
    session.set_config_variable("sts_regional_endpoints", "regional")
    # Nothing is called with this client, so its keys do not matter.
    client = session.create_client(
        "sts",
        region_name=region,
        aws_access_key_id="-",
        aws_secret_access_key="-",  # noqa: S106 - it signs nothing
    )
    return f"{client.meta.endpoint_url.rstrip('/')}/"


def post(url: str, headers: Mapping[str, str], body: str) -> Response:
    """Send a POST, and follow no redirect."""
    request = AWSRequest("POST", url, dict(headers), body).prepare()
    response: Response = URLLib3Session(timeout=_SECONDS).send(request)
    return response


def caller_of(headers: Mapping[str, str], url: str, send: Post = post) -> Caller:
    """Return who signed these headers, as STS says it. Raises IdentityError."""
    response = _answer(headers, url, send)
    body = {"status_code": response.status_code, "headers": response.headers, "body": response.content}
    try:
        said = create_parser("query").parse(body, _shape())
        if response.status_code != _OK:
            error = said["Error"]
            raise IdentityError(
                f"STS does not take the signature: {error['Code']}: {error.get('Message', '')} "
                "Sign in anew, and run the command again."
            )
        return Caller(str(said["UserId"]), str(said["Arn"]))
    except (ResponseParserError, KeyError) as error:
        raise IdentityError(f"STS answered with something else than who asks: {error!r}.") from error


def _answer(headers: Mapping[str, str], url: str, send: Post) -> Response:
    why = ""
    for _ in range(_ATTEMPTS):
        try:
            response = send(url, headers, BODY)
        except (HTTPClientError, BotoCoreError) as error:
            why = str(error)
        else:
            if response.status_code < _SERVER_ERROR:
                return response
            why = f"status {response.status_code}"
    raise IdentityError(f"STS does not answer, so nobody knows who asks ({why}). Run the command again.")


@cache
def _shape() -> Any:
    model = botocore.session.get_session().get_service_model("sts")
    return model.operation_model("GetCallerIdentity").output_shape
