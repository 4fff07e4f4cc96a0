"""Ids and digests as people write them into a file, each checked. One that can match nothing is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from rootguard.domain.policy import is_account_id, is_policy_id, is_root_id, is_target_id


def _checked(is_valid: Callable[[str], object], trouble: str, fix: str) -> AfterValidator:
    def check(value: str) -> str:
        if not is_valid(value):
            raise PydanticCustomError("refused", f"is {trouble}; {fix}")
        return value

    return AfterValidator(check)


_POLICY_TYPE: Final = re.compile(r"([A-Z0-9]+_)+POLICY(_[A-Z0-9]+)*")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)

PolicyId = Annotated[str, _checked(is_policy_id, "no policy's id", "write it like p-12345678")]
TargetId = Annotated[str, _checked(is_target_id, "no target", "write the id of a root, an OU or an account")]
RootId = Annotated[str, _checked(is_root_id, "no root's id", "write it like r-exam")]
AccountId = Annotated[str, _checked(is_account_id, "no account's id", "write its 12 digits in quotes")]
PolicyType = Annotated[
    str, _checked(_POLICY_TYPE.fullmatch, "no policy type", "write it like SERVICE_CONTROL_POLICY")
]
Digest = Annotated[
    str, _checked(_DIGEST.fullmatch, "no SHA-256", "write 64 hex digits"), AfterValidator(str.lower)
]
