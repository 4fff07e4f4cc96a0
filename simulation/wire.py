"""The wire between the SDK and AWS: botocore runs as it is, and what it sends is answered here.

botocore's own serializing, retries, parsing and errors run. Only its network is replaced, and what costs time
and means nothing here: the signature, the user agent, and a client of one's own for everyone who asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode
from xml.sax.saxutils import escape

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.regions import EndpointRulesetResolver
from botocore.retries import quota
from botocore.session import Session
from botocore.useragent import UserAgentString

from simulation.errors import NotSimulatedError
from simulation.identities import REGION

_TARGETS: Final = {
    "AWSOrganizationsV20161128": "organizations",
    "DynamoDB_20120810": "dynamodb",
    "AmazonSQS": "sqs",
    "secretsmanager": "secretsmanager",
}
_VERSIONS: Final = {"2010-03-31": "sns", "2011-06-15": "sts", "2010-05-15": "cloudformation"}
"""Services of the query protocol, by the version of their API."""
_SERVER_ERRORS: Final = {
    "InternalServerError": 500,
    "InternalFailure": 500,
    "InternalError": 500,
    "ServiceException": 500,
    "ServiceUnavailable": 503,
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A call with a signature, as it was sent: its headers have names in lower case."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came over the wire. The waits are what its client allows, in seconds.

    Attributes:
        signed: the call itself, if it is signed; the SDK's clients sign nothing here.
    """

    service: str
    call: str
    parameters: Mapping[str, Any]
    connect_seconds: float
    read_seconds: float
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the API's own fields, or an error's code and message with more fields.

    Attributes:
        event_id: of CloudTrail's record of the call, if there is one.
    """

    answer: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    message: str = ""
    event_id: str = ""


class NoConnectionError(Exception):
    """Nothing answers. The client waited until it gave up connecting."""


class NoAnswerError(Exception):
    """The connection is there, and no answer comes. The client waited until it gave up reading."""


Serve = Callable[[Request], Reply]


@contextmanager
def answered_by(serve: Serve) -> Iterator[None]:
    """Let `serve` answer every call of every client in this process until the block ends."""

    def send(session: Any, request: AWSPreparedRequest) -> AWSResponse:
        return _answered(request, session, serve)

    replaced: tuple[tuple[Any, str, Any], ...] = (
        (URLLib3Session, "send", send),
        (Endpoint, "create_request", _unsigned),
        (EndpointRulesetResolver, "construct_endpoint", _endpoint),
        (UserAgentString, "to_string", lambda _: "simulated"),
        (Session, "create_client", _client),
        (quota, "RetryQuota", _quota),
        (boto3, "DEFAULT_SESSION", _session()),
        (boto3, "Session", lambda **_: _session()),
    )
    for lent in _quotas:
        lent._available_capacity = lent.INITIAL_CAPACITY  # noqa: SLF001 - as a new client has it
    kept = [(holder, name, getattr(holder, name)) for holder, name, _ in replaced]
    try:
        for holder, name, value in replaced:
            setattr(holder, name, value)
        yield
    finally:
        for holder, name, value in kept:
            setattr(holder, name, value)


_clients: Final[dict[str, Any]] = {}
_quotas: Final[list[Any]] = []
_create_client: Final = Session.create_client
_new_quota: Final = quota.RetryQuota


def _client(session: Any, service_name: str, *arguments: Any, **options: Any) -> Any:
    """Return one client for all who ask for the same: to make one takes longer than ten calls."""
    config = options.get("config")
    wanted = sorted(vars(config)["_user_provided_options"].items()) if config else []
    key = repr((service_name, arguments, wanted, sorted(options.keys() - {"config"})))
    if key not in _clients:
        _clients[key] = _create_client(session, service_name, *arguments, **options)
    return _clients[key]


def _quota(*arguments: Any) -> Any:
    """Make the account of a client's retries, and remember it: each run begins with a full one."""
    made = _new_quota(*arguments)
    _quotas.append(made)
    return made


_resolve: Final = EndpointRulesetResolver.construct_endpoint


def _endpoint(resolver: Any, **asked: Any) -> Any:
    """Work a client's endpoint out once: here it never depends on the call."""
    found = vars(resolver).get("simulated")
    if found is None:
        found = resolver.simulated = _resolve(resolver, **asked)
    return found


def _unsigned(_: Any, request: Mapping[str, Any], __: Any = None) -> AWSPreparedRequest:
    """Return the request as it is sent, without a signature, which nobody checks."""
    body = request["body"]
    text = urlencode(body).encode() if isinstance(body, dict) else body
    return AWSPreparedRequest(
        request["method"], request["url"], request["headers"], text, stream_output=False
    )


@cache
def _session() -> Any:
    """Return the one session: it reads the services' descriptions once for all runs."""
    inner = botocore.session.get_session()
    inner.set_config_variable("region", REGION)
    inner.set_credentials("AKIAIOSFODNN7EXAMPLE", "simulated")
    inner.set_default_client_config(Config(signature_version=UNSIGNED))
    return boto3.Session(botocore_session=inner)


def _answered(request: AWSPreparedRequest, session: Any, serve: Serve) -> AWSResponse:
    target = request.headers.get("X-Amz-Target")
    body: Any = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    connect, read = _waits(session)
    if target is not None:
        prefix, _, call = str(target).rpartition(".")
        if prefix not in _TARGETS:
            raise NotSimulatedError(f"the simulator does not know the service {prefix}")
        asked = Request(_TARGETS[prefix], call, json.loads(body), connect, read)
        encode: Callable[[str, Reply], tuple[str, bytes]] = _json
    elif "/functions/" in request.url:
        asked = Request("lambda", "Invoke", _invocation(request, body), connect, read)
        encode = _accepted
    else:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        service = _VERSIONS.get(form.pop("Version", ""))
        if service is None:
            raise NotSimulatedError(f"the simulator does not know the service at {request.url}")
        asked = Request(service, form.pop("Action"), form, connect, read, _signed(request, body))
        encode = _xml
    try:
        reply = serve(asked)
    except NoConnectionError as error:
        raise ConnectTimeoutError(endpoint_url=request.url, error=error) from error
    except NoAnswerError as error:
        raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
    status = _SERVER_ERRORS.get(reply.error, 400) if reply.error else 202 if encode is _accepted else 200
    kind, content = encode(asked.call, reply)
    headers: Any = {"content-type": kind, "x-amzn-requestid": "simulated"}
    return AWSResponse(request.url, status, headers, _Body(content))


def _signed(request: AWSPreparedRequest, body: bytes) -> Signed | None:
    headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
    return Signed(request.url, headers, body) if "authorization" in headers else None


def _waits(session: Any) -> tuple[float, float]:
    found = session._timeout  # noqa: SLF001 - the client's own setting, which it shows nowhere else
    if isinstance(found, list | tuple):
        connect, read = found
        return float(connect or 60), float(read or 60)
    return float(getattr(found, "connect_timeout", found) or 60), float(
        getattr(found, "read_timeout", found) or 60
    )


def _json(_: str, reply: Reply) -> tuple[str, bytes]:
    body: dict[str, Any] = dict(reply.answer)
    if reply.error:
        body |= {"__type": reply.error, "message": reply.message, "Message": reply.message}
    return "application/x-amz-json-1.1", json.dumps(body).encode()


def _invocation(request: AWSPreparedRequest, body: bytes) -> dict[str, Any]:
    """Return the parameters of Lambda's Invoke, which are in the path, a header and the body."""
    name = unquote(request.url.partition("/functions/")[2].partition("/")[0]).rpartition(":")[2]
    kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
    return {"FunctionName": name, "InvocationType": kind, "Payload": json.loads(body or b"{}")}


def _accepted(_: str, reply: Reply) -> tuple[str, bytes]:
    body = {"Type": "User", "Message": reply.message, "__type": reply.error} if reply.error else {}
    return "application/json", json.dumps(body).encode() if reply.error else b""


def _xml(call: str, reply: Reply) -> tuple[str, bytes]:
    identity = "<RequestId>simulated</RequestId>"
    if reply.error:
        told = f"<Type>Sender</Type><Code>{reply.error}</Code><Message>{escape(reply.message)}</Message>"
        return "text/xml", f"<ErrorResponse><Error>{told}</Error>{identity}</ErrorResponse>".encode()
    result = "".join(f"<{name}>{_element(value)}</{name}>" for name, value in reply.answer.items())
    text = (
        f"<{call}Response><{call}Result>{result}</{call}Result>"
        f"<ResponseMetadata>{identity}</ResponseMetadata></{call}Response>"
    )
    return "text/xml", text.encode()


def _element(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_element(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_element(inner)}</member>" for inner in value)
    return escape(str(value))


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._content
