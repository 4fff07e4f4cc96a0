"""Where the evaluator is known to be wrong, so that what is new shows.

It has a document in `test_documents_reference`, which fails once the evaluator is right: then this goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.lockout.conditions import Context
from tests.lockout.drawing import Case, trial


def is_known(case: Case, found: str) -> bool:
    """Tell whether a key of several values makes the difference: the evaluator looks at one or at all."""
    asked = trial(case)

    def one_or_all(contexts: Sequence[Context]) -> list[Context]:
        return [each for each in contexts if len(each.get("saml:groups", ())) != 2]

    asked.requests = replace(
        asked.requests,
        circumstances=one_or_all(asked.requests.circumstances),
        anyone=list(map(one_or_all, asked.requests.anyone)),
    )
    return "keys of several values" in case.names and asked.denial() == found
