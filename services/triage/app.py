"""Triage, wired: signals and the progress of changes in, cases out."""

from __future__ import annotations

from functools import partial

from loopwright.events import CaseLink, Signal
from services.kernel.kit import Taxonomy
from services.kernel.stage import Stage
from services.kernel.topics import topic
from services.triage import domain


def case_of(event: Signal | CaseLink) -> str:
    """The state key: a case's id is its fingerprint."""
    return event.fingerprint if isinstance(event, Signal) else event.case_id


def stage(taxonomy: Taxonomy) -> Stage[domain.Problem]:
    """The one stage of triage."""
    return Stage(
        name="triage",
        reads=(topic("signals"), topic("case.links")),
        writes=(topic("cases"),),
        state=domain.Problem,
        key=case_of,
        start=domain.Problem,
        step=partial(domain.take, taxonomy),
        shows=partial(domain.open_as, taxonomy),
    )
