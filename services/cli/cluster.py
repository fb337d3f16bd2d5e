"""The topics in the cluster, for a person: what there must be, what was created, what differs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from msgspec import Struct

from services.cli.terminal import console, count, grid, span
from services.kernel import cluster
from services.kernel.cluster import Laid
from services.kernel.settings import Settings
from services.kernel.topics import topics


class Cluster(Struct, frozen=True, kw_only=True):
    """The layout, and how far the cluster agrees with it."""

    bootstrap_servers: str
    topics: tuple[Laid, ...]
    created: tuple[str, ...]
    differences: tuple[str, ...]
    """One line each, which begins with the topic and a colon."""


def look(settings: Settings, *, create: bool) -> Cluster:
    """Hold the cluster against the layout, after creating what is missing if `create` says so.

    Raises:
        ClusterFault: no broker answers, or it may not or cannot do this.

    """
    # What the client says of a broker that does not answer would stand beside the one line that says it better.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    return Cluster(
        bootstrap_servers=settings.bootstrap_servers,
        topics=cluster.layout(settings, topics()),
        created=tuple(asyncio.run(cluster.create(settings))) if create else (),
        differences=tuple(asyncio.run(cluster.differences(settings))),
    )


def print_cluster(found: Cluster) -> None:
    """The table of topics and, below it, each difference."""
    screen = console()
    differs = {line.partition(":")[0] for line in found.differences}
    rows = [
        (
            topic.name,
            str(topic.partitions),
            str(topic.replication),
            _kept(topic.config),
            "differs" if topic.name in differs else "created" if topic.name in found.created else "right",
        )
        for topic in found.topics
    ]
    screen.print(grid(("topic", "partitions", "copies", "kept", "found"), rows))
    screen.print(
        f"\n{count(len(found.topics), 'topic')} at {found.bootstrap_servers}: {len(found.created):,} created, "
        f"{len(differs):,} not as wanted",
        markup=False,
    )
    for line in found.differences:
        screen.print(f"  {line}", markup=False, soft_wrap=True)


def _kept(config: Mapping[str, str]) -> str:
    if config["cleanup.policy"] == "compact":
        return "last value of each key"
    kept_ms = int(config["retention.ms"])
    return "for ever" if kept_ms == cluster.FOR_EVER else span(kept_ms)
