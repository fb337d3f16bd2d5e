"""Run detection: python -m services.detection."""

from __future__ import annotations

from services.detection import app
from services.kernel.serve import serve

if __name__ == "__main__":
    serve("detection", lambda _: (app.stage(),))
