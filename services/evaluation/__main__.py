"""Run evaluation: python -m services.evaluation."""

from __future__ import annotations

from services.evaluation import app
from services.kernel.serve import serve

if __name__ == "__main__":
    serve("evaluation", lambda _: (app.units_stage(), app.gates_stage()))
