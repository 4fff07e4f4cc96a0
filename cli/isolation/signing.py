"""The proof of who asks: a call of `sts:GetCallerIdentity`, signed here, that the function makes.

The secret key stays here. What is signed names the request, so it is of no use for another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from rootguard.aws.caller import sts_endpoint
from rootguard.isolation.identity import BODY, CONTENT_TYPE, REQUEST_HEADER
from rootguard.isolation.request import IDENTITY, digest_of


def signed(request: Mapping[str, Any], credentials: Any, region: str) -> dict[str, Any]:
    """Return a request with the proof of who asks.

    Args:
        request: what is asked for, as `rootguard.isolation.request` has it.
        credentials: botocore's, of who asks.
        region: where the function is.
    """
    headers = {"Content-Type": CONTENT_TYPE, REQUEST_HEADER: digest_of(request)}
    call = AWSRequest("POST", sts_endpoint(region), headers, BODY)
    SigV4Auth(credentials, "sts", region).add_auth(call)
    return {**request, IDENTITY: dict(call.headers.items())}
