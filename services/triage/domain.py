"""How signals become cases. Pure: no clock, no I/O, no randomness.

Everything a case counts is gathered so that order cannot matter: lowest, highest, sum, and for distinct runs and
users the lowest hashes (k minimum values: Bar-Yossef et al. 2002; exact to 256, then within about 6 %).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    Case,
    CaseChange,
    CaseLink,
    CaseShare,
    CaseStatus,
    Event,
    FailureLocus,
    KindCount,
    LinkState,
    ReasonCode,
    Severity,
    Signal,
    SignalKind,
)
from services.kernel.kit import Taxonomy
from services.kernel.stage import Refs

LOWEST_HASHES = 256
"""How many of the lowest hashes are kept to count what is distinct."""

_SEVERITIES = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.UNKNOWN, Severity.CRITICAL)
"""From mild to bad; an unknown one is read as nearly the worst."""


class Distinct(Struct, frozen=True, gc=False):
    """How many different things were seen, from the lowest 64-bit hashes of their names."""

    lowest: tuple[int, ...] = ()

    def add(self, name: str) -> Distinct:
        """With one more thing, or the same one again."""
        value = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
        if (len(self.lowest) == LOWEST_HASHES and value >= self.lowest[-1]) or value in self.lowest:
            return self
        return Distinct(tuple(sorted((*self.lowest, value))[:LOWEST_HASHES]))

    @property
    def count(self) -> int:
        """The number, exact while it is small."""
        if len(self.lowest) < LOWEST_HASHES:
            return len(self.lowest)
        return round((LOWEST_HASHES - 1) * 2**64 / self.lowest[-1])


class Share(Struct, frozen=True, gc=False):
    """What one use case contributes."""

    signals: int = 0
    runs: Distinct = Distinct()
    users: Distinct = Distinct()

    def add(self, signal: Signal) -> Share:
        """With one more signal."""
        return Share(self.signals + 1, self.runs.add(signal.run_id), self.users.add(str(signal.user_bucket)))


class Problem(Struct, frozen=True, gc=False):
    """What triage remembers of one fingerprint."""

    case_id: str
    reason_code: ReasonCode = ReasonCode.UNKNOWN
    failure_locus: FailureLocus = FailureLocus.UNKNOWN
    cause: str = ""
    worst: Severity = Severity.LOW
    first_seen: int = 0
    last_seen: int = 0
    kinds: dict[SignalKind, int] = {}
    shares: dict[str, Share] = {}
    links: dict[str, CaseLink] = {}

    @property
    def known(self) -> bool:
        """Whether a signal has come; a link may come first."""
        return bool(self.kinds)


def take(taxonomy: Taxonomy, _: Refs, problem: Problem, event: Signal | CaseLink) -> tuple[Problem, Sequence[Event]]:
    """Count a signal in, or note how far a change that names the case has come."""
    if isinstance(event, CaseLink):
        known = problem.links.get(event.change_id)
        if known is not None and known.release_version >= event.release_version:
            return problem, ()
        problem = replace(problem, links={**problem.links, event.change_id: event})
        return problem, ((case(taxonomy, problem),) if problem.known else ())
    if event.reason_code is ReasonCode.NOT_A_FAULT:
        return problem, ()  # evidence that all went as it should opens no case
    problem = _count(problem, event)
    return problem, (case(taxonomy, problem),)


def open_as(taxonomy: Taxonomy, problem: Problem) -> tuple[str, str] | None:
    """Severity and owner of a case that no change has settled; None: it is settled, or not known yet."""
    if not problem.known or status(tuple(link.state for link in problem.links.values())) is CaseStatus.VERIFIED:
        return None
    return _severity(taxonomy, problem), taxonomy.reasons[problem.reason_code].owner


def _severity(taxonomy: Taxonomy, problem: Problem) -> Severity:
    return max(taxonomy.reasons[problem.reason_code].severity, problem.worst, key=_SEVERITIES.index)


def case(taxonomy: Taxonomy, problem: Problem) -> Case:
    """The case as everybody sees it."""
    reason = taxonomy.reasons[problem.reason_code]
    return Case(
        case_id=problem.case_id,
        title=f"{problem.reason_code.replace('_', ' ').capitalize()}: {problem.cause}",
        reason_code=problem.reason_code,
        failure_locus=problem.failure_locus,
        cause=problem.cause,
        severity=_severity(taxonomy, problem),
        owner=reason.owner,
        advice=reason.advice,
        status=status(tuple(link.state for link in problem.links.values())),
        first_seen=problem.first_seen,
        last_seen=problem.last_seen,
        kinds=tuple(KindCount(kind=kind, signals=n) for kind, n in sorted(problem.kinds.items())),
        use_cases=tuple(
            CaseShare(use_case_id=name, signals=one.signals, runs=one.runs.count, users=one.users.count)
            for name, one in sorted(problem.shares.items())
        ),
        changes=tuple(
            CaseChange(
                change_id=link.change_id,
                use_case_id=link.use_case_id,
                release_id=link.release_id,
                release_version=link.release_version,
                state=link.state,
            )
            for _, link in sorted(problem.links.items())
        ),
        taxonomy_version=taxonomy.version,
    )


def status(links: Sequence[LinkState]) -> CaseStatus:
    """A case is as far as the change that is least far; one taken back does not count."""
    alive = {state for state in links if state is not LinkState.WITHDRAWN}
    if not alive:
        return CaseStatus.OPEN
    if alive == {LinkState.VERIFIED}:
        return CaseStatus.VERIFIED
    return CaseStatus.RELEASED if alive <= {LinkState.VERIFIED, LinkState.RELEASED} else CaseStatus.IN_FIX


def _count(problem: Problem, signal: Signal) -> Problem:
    kinds = Counter(problem.kinds)
    kinds[signal.kind] += 1
    share = problem.shares.get(signal.use_case_id, Share()).add(signal)
    at = signal.occurred_at
    return Problem(
        case_id=problem.case_id,
        reason_code=signal.reason_code,
        failure_locus=signal.failure_locus,
        cause=signal.cause,
        worst=max(problem.worst, signal.severity, key=_SEVERITIES.index),
        first_seen=min(problem.first_seen, at) if problem.known else at,
        last_seen=max(problem.last_seen, at),
        kinds=dict(kinds),
        shares={**problem.shares, signal.use_case_id: share},
        links=problem.links,
    )
