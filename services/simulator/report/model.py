"""What the page is made of: the structs that a caller fills, and what follows from them alone.

Every moment is a time in milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
NO_DATA: Final = "no data"
MENDED: Final = frozenset({"VERIFIED", "CLOSED"})


class EvidencePoint(msgspec.Struct, frozen=True):
    """What the gate knew at a moment: natural logarithms of its three e-values."""

    at: int
    promote: float
    rollback: float
    improve: float


class SharePoint(msgspec.Struct, frozen=True):
    """A transition of the release: from here on this share (0 to 1) of users is on the candidate.

    `stage` counts the canary's stages; the lowest one of a story belongs to its first stage alpha.
    """

    at: int
    share: float
    phase: str
    stage: int
    reason: str


class ChangeStory(msgspec.Struct, frozen=True):
    """One change from proposal to its end; counts are those of the gate, by arm."""

    change_id: str
    title: str
    use_case_id: str
    surface: str
    planted: str
    phase: str
    metric: str
    started_at: int
    ended_at: int
    users_exposed: int
    alpha: float
    beta: float
    stage_alphas: tuple[float, ...]
    baseline_fail: int
    baseline_n: int
    candidate_fail: int
    candidate_n: int
    verified: bool
    case_ids: tuple[str, ...]
    evidence: tuple[EvidencePoint, ...]
    shares: tuple[SharePoint, ...]


class CaseStory(msgspec.Struct, frozen=True):
    """One fault as its owner sees it; `daily` holds (hour, signals), hours without any may be left out."""

    case_id: str
    title: str
    reason_code: str
    failure_locus: str
    severity: str
    owner: str
    status: str
    signals_by_use_case: tuple[tuple[str, int], ...]
    users: int
    first_seen: int
    last_seen: int
    change_ids: tuple[str, ...]
    daily: tuple[tuple[int, int], ...]


class Report(msgspec.Struct, frozen=True):
    """Everything the page is made of; `stages` holds (stage, events, microseconds per event)."""

    title: str
    seed: int
    started_at: int
    ended_at: int
    events: int
    runs: int
    signals: int
    cases_total: int
    dead: int
    audit: str
    changes: tuple[ChangeStory, ...]
    cases: tuple[CaseStory, ...]
    stages: tuple[tuple[str, int, float], ...]
    seconds: float


def changes_answering(case: CaseStory, report: Report) -> tuple[ChangeStory, ...]:
    """Find the changes that answer the case, whichever of the two names the other."""
    return tuple(
        change for change in report.changes if change.change_id in case.change_ids or case.case_id in change.case_ids
    )


def signals_of(case: CaseStory) -> int:
    return sum(count for _, count in case.signals_by_use_case)


def in_order(shares: Sequence[SharePoint]) -> tuple[SharePoint, ...]:
    return tuple(sorted(shares, key=lambda point: point.at))


class Band(msgspec.Struct, frozen=True):
    """A time in which phase and share stayed as they were."""

    begin: int
    end: int
    phase: str
    share: float
    alpha: float | None


def bands_of(change: ChangeStory, shares: Sequence[SharePoint], end: int) -> tuple[Band, ...]:
    """Give the time from each transition to the next, and from the last to the end."""
    first = min((point.stage for point in shares if point.phase == "CANARY"), default=0)
    ends = [*(point.at for point in shares[1:]), end]
    return tuple(
        Band(
            begin=point.at,
            end=until,
            phase=point.phase,
            share=point.share if math.isfinite(point.share) else 0.0,
            alpha=level_asked(change, point, first),
        )
        for point, until in zip(shares, ends, strict=False)
    )


def level_asked(change: ChangeStory, point: SharePoint, first: int) -> float | None:
    """Give the error level that ends this part of the road, where evidence for the candidate does."""
    if point.phase == "OFFLINE":
        return change.alpha
    if point.phase != "CANARY":
        return None
    stage = point.stage - first
    return change.stage_alphas[stage] if stage < len(change.stage_alphas) else change.alpha


def bound_at(level: float) -> float | None:
    """Give the logarithm that an e-value must reach at this error level (Ville's inequality)."""
    return -math.log(level) if 0 < level < 1 else None
