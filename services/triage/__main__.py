"""Run triage: python -m services.triage."""

from __future__ import annotations

from services.kernel import kit
from services.kernel.serve import serve
from services.triage import app

if __name__ == "__main__":
    serve("triage", lambda _: (app.stage(kit.taxonomy(kit.KIT / "taxonomy.yaml")),))
