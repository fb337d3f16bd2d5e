"""The topics, as schemas/topics.yaml lists them: what flows where, who writes it, who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from services.kernel.authored import Mistake, Written, milliseconds, read

SCHEMAS = Path(__file__).parents[2] / "schemas"

OUTSIDE = "outside"
"""The writer of a topic that products and people write."""


class Cleanup(StrEnum):
    """What the broker does with old records."""

    DELETE = "delete"
    COMPACT = "compact"


class Topic(Written):
    """One stream: which records it carries, what brings them together, who writes and who reads it."""

    name: str
    key: str
    writer: str
    readers: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    records: tuple[str, ...] = Field(min_length=1)
    partitions: int = Field(ge=1)
    retention_ms: int = Field(alias="retention")
    """Milliseconds; -1 for ever."""
    cleanup: Cleanup
    lateness_ms: int = Field(alias="lateness")
    replication: int = Field(ge=1)

    @field_validator("retention_ms", mode="before")
    @classmethod
    def _kept(cls, value: object) -> int:
        return -1 if value == "forever" else milliseconds(value)

    @field_validator("lateness_ms", mode="before")
    @classmethod
    def _late(cls, value: object) -> int:
        return milliseconds(value)

    @property
    def dead(self) -> str:
        """Where records go that no reader could use."""
        return f"{self.name}.dead"

    @property
    def retry(self) -> str:
        """Where dead letters come back from, as one more input of whoever reads the topic."""
        return f"{self.name}.retry"

    @property
    def from_outside(self) -> bool:
        """Whether products and people write it, so that its time is the broker's."""
        return self.writer == OUTSIDE

    def keys(self) -> Callable[[Any], str]:
        """The function from a record to its partition key."""
        fields = self.key.split("@")
        if len(fields) == 1:
            return attrgetter(self.key)
        return lambda event: "@".join(str(getattr(event, field)) for field in fields)


@cache
def topics(path: Path = SCHEMAS / "topics.yaml") -> dict[str, Topic]:
    """The whole map, by name.

    Raises:
        Mistake: an entry does not fit; the line names it.

    """
    found = {}
    tree = read(path)
    if not isinstance(tree, Mapping):
        raise Mistake(f"{path}:1:1: expected a mapping of topics by name; begin with one")
    for name, row in tree.items():
        try:
            found[name] = Topic.model_validate({"name": name, **row} if isinstance(row, Mapping) else row)
        except ValidationError as error:
            line = tree.lc.key(name)[0] + 1  # type: ignore[attr-defined]
            first = error.errors()[0]
            what = ".".join([str(name), *map(str, first["loc"])])
            said = first["msg"].removeprefix("Value error, ")
            raise Mistake(f"{path}:{line}:1: {what}: {said}; mend the entry") from error
    return found


def topic(name: str) -> Topic:
    """One topic of the map.

    Raises:
        Mistake: the map has no such topic.

    """
    try:
        return topics()[name]
    except KeyError:
        raise Mistake(f"schemas/topics.yaml: no topic {name!r}; add it or correct the name") from None
