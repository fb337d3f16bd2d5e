"""Run rollout: python -m services.rollout."""

from __future__ import annotations

from services.kernel.serve import serve
from services.rollout import app

if __name__ == "__main__":
    serve("rollout", lambda _: (app.stage(),))
