"""Capture, wired: raw run events in, run events out."""

from __future__ import annotations

from functools import partial

from loopwright.events import RunEvent
from services.capture import domain
from services.kernel.settings import Settings
from services.kernel.stage import Stage
from services.kernel.topics import topic


def session_of(event: RunEvent) -> str:
    """The state key."""
    return event.session_id


def keys(settings: Settings) -> domain.Keys:
    """The secrets, as the domain takes them."""
    return domain.Keys(
        pseudonym=settings.pseudonym_key.get_secret_value().encode(),
        pseudonym_id=settings.pseudonym_key_id,
        text=settings.text_key.get_secret_value().encode(),
        bucket=settings.bucket_key.get_secret_value().encode(),
    )


def stage(settings: Settings) -> Stage[domain.Session]:
    """The one stage of capture."""
    return Stage(
        name="capture",
        reads=(topic("runs.raw"),),
        refers=(topic("usecases"), topic("releases")),
        writes=(topic("runs"),),
        state=domain.Session,
        key=session_of,
        start=lambda _: domain.Session(),
        step=partial(domain.accept, keys(settings)),
        wake_at=domain.forgets_at,
        wake=domain.forget,
    )
