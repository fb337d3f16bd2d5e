"""Detection, wired: runs in, signals, outcomes and alarms out."""

from __future__ import annotations

from loopwright.events import RunEvent
from services.detection.domain import session
from services.kernel.stage import Stage
from services.kernel.topics import topic


def session_of(event: RunEvent) -> str:
    """The state key."""
    return event.session_id


def stage() -> Stage[session.Session]:
    """The one stage of detection."""
    return Stage(
        name="detection",
        reads=(topic("runs"),),
        refers=(topic("usecases"),),
        writes=(topic("signals"), topic("outcomes"), topic("alarms")),
        state=session.Session,
        key=session_of,
        start=lambda _: session.Session(),
        step=session.observe,
        late=session.late,
        wake_at=session.wakes_at,
        wake=session.judge,
    )
