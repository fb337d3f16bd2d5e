"""The whole loop: every stage of every service, in the order in which events flow through them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.capture import app as capture
from services.detection import app as detection
from services.evaluation import app as evaluation
from services.kernel import kit
from services.kernel.settings import Settings
from services.kernel.stage import Stage
from services.rollout import app as rollout
from services.triage import app as triage


def stages(settings: Settings, taxonomy: Path = kit.KIT / "taxonomy.yaml") -> tuple[Stage[Any], ...]:
    """All stages.

    Raises:
        Mistake: the taxonomy is wrong; the line says where.

    """
    return (
        capture.stage(settings),
        detection.stage(),
        triage.stage(kit.taxonomy(taxonomy)),
        evaluation.units_stage(),
        evaluation.gates_stage(),
        rollout.stage(),
    )
