"""The history format, as one door: the words of a history, and how a file becomes one and is made of one.

docs/simulation.md describes the format.
"""

from __future__ import annotations

from simulation.reading import HistoryError, parse
from simulation.steps import (
    FULL_ACCESS,
    ROOT,
    Ask,
    Call,
    ExpectAccount,
    Expectation,
    ExpectCalls,
    ExpectPage,
    ExpectPages,
    ExpectPolicy,
    ExpectSweeps,
    ExpectTarget,
    Fault,
    Grant,
    History,
    Kill,
    OrganizationBefore,
    PolicyBefore,
    Redeliver,
    Redrive,
    Rehearse,
    Says,
    Step,
    SweepTimes,
)
from simulation.writing import dump

__all__ = [
    "FULL_ACCESS",
    "ROOT",
    "Ask",
    "Call",
    "ExpectAccount",
    "ExpectCalls",
    "ExpectPage",
    "ExpectPages",
    "ExpectPolicy",
    "ExpectSweeps",
    "ExpectTarget",
    "Expectation",
    "Fault",
    "Grant",
    "History",
    "HistoryError",
    "Kill",
    "OrganizationBefore",
    "PolicyBefore",
    "Redeliver",
    "Redrive",
    "Rehearse",
    "Says",
    "Step",
    "SweepTimes",
    "dump",
    "parse",
]
