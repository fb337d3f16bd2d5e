"""The `loopwright` command: what a person at a terminal, or a script, does with the loop."""
