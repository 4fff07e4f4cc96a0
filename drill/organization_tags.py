"""The tags of roots, OUs and accounts: the fourth part of the strict model behind `organization.py`.

Rules and errors: the API reference of AWS Organizations, "TagResource", "UntagResource" and "Tag". Policies
can have tags on AWS, too; nobody here gives them any.
"""

from __future__ import annotations

import re
from typing import Any

from drill.api_error import ApiError, constraint, invalid_input
from drill.organization_tree import Tree

_MOST = 50
_WRITTEN = re.compile(r"[\w\s.:/=+\-@]*")
_LONGEST_KEY, _LONGEST_VALUE = 128, 256


class Tags:
    """The tags of each resource, by its id."""

    def __init__(self) -> None:
        """Start with none."""
        self._tags: dict[str, dict[str, str]] = {}

    def put(self, tree: Tree, resource_id: str, tags: list[dict[str, str]]) -> dict[str, Any]:
        """Give a resource some tags; one that it has gets the new value."""
        _check(tree, resource_id)
        for tag in tags:
            is_written_well = all(map(_WRITTEN.fullmatch, tag.values()))
            if not is_written_well or len(tag["Key"]) > _LONGEST_KEY or len(tag["Value"]) > _LONGEST_VALUE:
                raise invalid_input("INVALID_PATTERN", "A tag holds a character that no tag may hold.")
        wanted = self._tags.get(resource_id, {}) | {tag["Key"]: tag["Value"] for tag in tags}
        if len(wanted) > _MOST:
            raise constraint("TAGS_LIMIT_EXCEEDED", "A resource can have 50 tags at most.")
        self._tags[resource_id] = wanted
        return {}

    def remove(self, tree: Tree, resource_id: str, keys: list[str]) -> dict[str, Any]:
        """Take tags off a resource; one that it does not have is fine."""
        _check(tree, resource_id)
        for key in keys:
            self._tags.get(resource_id, {}).pop(key, None)
        return {}

    def of(self, tree: Tree, resource_id: str) -> list[dict[str, str]]:
        """Return the API's tags of a resource."""
        _check(tree, resource_id)
        return [{"Key": key, "Value": value} for key, value in self._tags.get(resource_id, {}).items()]

    def as_it_is(self) -> Tags:
        """Return a copy that later changes leave as it is now."""
        copy = Tags()
        copy._tags = {resource_id: dict(tags) for resource_id, tags in self._tags.items()}
        return copy


def _check(tree: Tree, resource_id: str) -> None:
    if resource_id not in tree.targets():
        raise ApiError("TargetNotFoundException", "We can't find a root, OU, account or policy with that id.")
