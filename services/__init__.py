"""Everything that runs.

If you are here to read the code, start with:

    schemas/topics.yaml               what flows where
    services/detection/domain/        one judgement, pure
    services/detection/app.py         how that judgement is wired
    services/kernel/stage.py          what a stage is
    services/kernel/engine.py         what happens to one record, whichever shell carries it
    services/kernel/memory.py         the shell that runs all of it in one process
"""
