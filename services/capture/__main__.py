"""Run capture: python -m services.capture."""

from __future__ import annotations

from services.capture import app
from services.kernel.serve import serve

if __name__ == "__main__":
    serve("capture", lambda settings: (app.stage(settings),))
