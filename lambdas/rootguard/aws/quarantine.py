"""AWS Organizations as isolation reads and writes it: accounts, their tag, and their moves.

`calls` has what is done about each error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.client import BaseClient

from rootguard.aws.calls import Calls
from rootguard.domain.policy import is_root_id
from rootguard.isolation.ports import MovedError
from rootguard.isolation.records import TAG, Account, read_tag
from rootguard.ports import OrganizationsError


class Quarantine:
    """`isolation.ports.Organizations` on AWS, for an invocation that may still run for `seconds_left`."""

    def __init__(self, client: BaseClient, seconds_left: Callable[[], float]) -> None:
        self._call = Calls(client, seconds_left)

    def account(self, account_id: str) -> Account | None:
        found = self._call("DescribeAccount", unless="AccountNotFoundException", AccountId=account_id)
        if found is None:
            return None
        told, text = found["Account"], self._tag_of(account_id)
        return Account(
            id=account_id,
            name=str(told.get("Name", "")),
            email=str(told.get("Email", "")),
            # AWS retired Status in September 2026 ("Account", AWS Organizations API Reference).
            state=str(told.get("State") or told.get("Status", "")),
            parent_id=self._parent(account_id),
            tag=read_tag(text),
            has_tag=text is not None,
        )

    def administrators(self) -> frozenset[str]:
        pages = self._call.pages("ListDelegatedAdministrators")
        return frozenset(str(each["Id"]) for page in pages for each in page["DelegatedAdministrators"])

    def place_name(self, place_id: str) -> str | None:
        if is_root_id(place_id):
            return "Root"
        gone = "OrganizationalUnitNotFoundException"
        found = self._call("DescribeOrganizationalUnit", unless=gone, OrganizationalUnitId=place_id)
        return None if found is None else str(found["OrganizationalUnit"]["Name"])

    def accounts_in(self, place_id: str) -> tuple[str, ...]:
        pages = self._call.pages("ListAccountsForParent", ParentId=place_id)
        return tuple(sorted(str(each["Id"]) for page in pages for each in page["Accounts"]))

    def tag(self, account_id: str, text: str) -> None:
        tags: Any = [{"Key": TAG, "Value": text}]
        self._call("TagResource", ResourceId=account_id, Tags=tags)

    def untag(self, account_id: str) -> None:
        keys: Any = [TAG]
        self._call("UntagResource", ResourceId=account_id, TagKeys=keys)

    def move(self, account_id: str, source_id: str, destination_id: str) -> None:
        parents = {"SourceParentId": source_id, "DestinationParentId": destination_id}
        try:
            self._call("MoveAccount", AccountId=account_id, **parents)
        except OrganizationsError as error:
            # An answer can be lost: then the SDK's next attempt finds the account moved already.
            is_at = self._parent(account_id)
            if is_at == destination_id:
                return
            if is_at != source_id:
                raise MovedError(
                    f"somebody moved it to {is_at} meanwhile; run the same command again"
                ) from error
            raise

    def _parent(self, account_id: str) -> str:
        return str(self._call("ListParents", ChildId=account_id)["Parents"][0]["Id"])

    def _tag_of(self, account_id: str) -> str | None:
        pages = self._call.pages("ListTagsForResource", ResourceId=account_id)
        tags = {str(tag["Key"]): str(tag["Value"]) for page in pages for tag in page["Tags"]}
        return tags.get(TAG)
