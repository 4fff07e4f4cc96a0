"""STS as the isolation function asks it: who signed these headers? The signature is really checked.

It knows the keys of the people who signed anything in the run ("Signature Version 4", AWS IAM User Guide).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from drill.caller import Caller
from simulation.identities import REGION
from simulation.wire import Reply, Signed

OTHER_ACCOUNT: Final = "999988887777"
"""An account that is not the organization's management account."""
_AUTHORIZATION: Final = re.compile(r"Credential=(\w+)/\S+, ?SignedHeaders=(\S+), ?Signature=(\w+)")


@dataclass(frozen=True, slots=True)
class Signer:
    """What someone signs with."""

    access_key: str
    secret_key: str

    @property
    def credentials(self) -> Any:
        """Them as the SDK takes them."""
        return Credentials(self.access_key, self.secret_key)


class Sts:
    """The service, and the keys that it gave out."""

    def __init__(self) -> None:
        """Know nobody."""
        self._known: dict[str, tuple[Signer, Caller]] = {}

    def signer_of(self, caller: Caller) -> Signer:
        """Return someone's keys, by which they are known from now on."""
        keys = Signer(caller.access_key or "", sha256(f"secret of {caller.arn}".encode()).hexdigest())
        self._known[keys.access_key] = (keys, caller)
        return keys

    def answer(self, signed: Signed) -> Reply:
        """Say who signed a call of GetCallerIdentity, or what is wrong with the signature."""
        said = _AUTHORIZATION.search(signed.headers.get("authorization", ""))
        found = self._known.get(said[1]) if said else None
        if said is None or found is None:
            told = "The security token included in the request is invalid."
            return Reply(error="InvalidClientTokenId", message=told)
        keys, caller = found
        if not hmac.compare_digest(_signature(signed, keys, said[2].split(";")), said[3]):
            told = "The request signature we calculated does not match the signature you provided."
            return Reply(error="SignatureDoesNotMatch", message=told)
        return Reply({"UserId": caller.principal_id, "Account": caller.account, "Arn": caller.arn})


def of_another_account(caller: Caller) -> Caller:
    """Return someone of the same name in another account."""
    return replace(
        caller,
        arn=caller.arn.replace(f":{caller.account}:", f":{OTHER_ACCOUNT}:"),
        principal_id=f"{caller.principal_id[:-1]}X",
        account=OTHER_ACCOUNT,
        access_key=f"{(caller.access_key or '')[:-1]}X",
    )


def _signature(signed: Signed, keys: Signer, names: list[str]) -> str:
    """Return the signature that these keys give to what was sent."""
    headers = {name: signed.headers[name] for name in names if name in signed.headers}
    call = AWSRequest("POST", signed.url, headers, signed.body)
    call.context["timestamp"] = signed.headers.get("x-amz-date", "")
    signer = SigV4Auth(keys.credentials, "sts", REGION)
    text = signer.string_to_sign(call, signer.canonical_request(call))
    found: str = signer.signature(text, call)
    return found
