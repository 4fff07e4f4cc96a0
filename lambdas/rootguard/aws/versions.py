"""Writing an item of the ledger anew only while it is what was read: of two who do so at once, one wins.

The item has a `version` beside its value. Source: "Condition expressions", Amazon DynamoDB Developer Guide.
"""

from __future__ import annotations

from rootguard.aws.dynamo import NEW, Item, Table


def put_instead(table: Table, item: Item, version: str, was: str | None) -> bool:
    """Write an item if the one there has the version `was`, or if there is none and `was` is None.

    Returns whether it is there now. Raises LedgerError.
    """
    # The SDK tries again if an answer was lost. What it finds then is this very item.
    mine = "version = :version"
    written = {**item, "version": version}
    if was is None:
        return table.put(written, f"{NEW} OR {mine}", version=version)
    return table.put(written, f"version = :was OR {mine}", version=version, was=was)
