"""The shells that the broker suite runs on: one loop for each, which all of its tests share."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.broker.shells import Cannot, InMemory, OnKafka, Shell


@pytest.fixture(scope="module", params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    if request.param == "memory":
        yield InMemory()
        return
    servers = request.getfixturevalue("kafka").bootstrap_servers
    prefix = f"t{secrets.token_hex(4)}."
    with closing(OnKafka(servers, prefix, tmp_path_factory.mktemp("loop"))) as running:
        yield running


@pytest.fixture
def shared(shell: Shell, request: pytest.FixtureRequest) -> Shell:
    """A shell whose partitions several workers can share: memory has no such thing."""
    if isinstance(shell, InMemory):
        request.applymarker(
            pytest.mark.xfail(raises=Cannot, reason="memory has no workers and no rebalance", strict=True)
        )
    return shell
