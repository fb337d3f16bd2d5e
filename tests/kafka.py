"""A real Kafka for tests that are marked `kafka`.

Which tests run is decided by pytest's `-m` alone: without it, tests marked `kafka` are left out, because each
takes seconds and a broker takes half a core; `pytest -m kafka` (`make test-kafka`) runs them and nothing else.
With xdist every worker has a broker of its own.

Where Kafka comes from, the first that is there:

    1. LOOPWRIGHT_TEST_KAFKA=host:port, a cluster that may be filled with topics
    2. a Docker engine that answers, with the image KAFKA_IMAGE (apache/kafka:4.1.0)
    3. Java and the jars in KAFKA_LIBS or var/kafka/libs, fetched by Maven when absent

With none of them the tests are skipped with the reasons; in CI they fail, since a skip would hide that nothing
was tested.
"""

import gc
import os
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.cli.broker import HOST, Broker, BrokerFault, free_port, jars, single_node


@dataclass(frozen=True, slots=True)
class Kafka:
    """A running cluster."""

    bootstrap_servers: str


class Absent(Exception):
    """Kafka is not to be had this way."""


Way = Callable[[ExitStack], str]
"""Gives the address of a broker that runs until the stack is closed, or raises Absent or BrokerFault."""


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.markexpr:
        config.option.markexpr = "not kafka"


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with ExitStack() as stack:
        ways = (
            lambda _: given(os.environ),
            lambda stack: from_docker(os.environ, stack),
            lambda stack: from_jars(os.environ, tmp_path_factory.mktemp("kafka"), stack),
        )
        yield Kafka(first(ways, stack, os.environ))


@pytest.fixture
def prefix() -> str:
    """A prefix of topics, groups and transactional ids that no other test has, on a shared cluster either."""
    return f"t{secrets.token_hex(4)}."


def first(ways: Sequence[Way], stack: ExitStack, environ: Mapping[str, str]) -> str:
    reasons = []
    for way in ways:
        try:
            return way(stack)
        except (Absent, BrokerFault) as absent:
            reasons.append(str(absent))
    raise without("no Kafka: " + "; ".join(reasons), environ)


def without(message: str, environ: Mapping[str, str]) -> BaseException:
    """What to raise: a skip that says why, in CI a failure, since a skip would hide that nothing was tested."""
    return (pytest.fail if environ.get("CI") == "true" else pytest.skip).Exception(message)


def given(environ: Mapping[str, str]) -> str:
    if address := environ.get("LOOPWRIGHT_TEST_KAFKA"):
        return address
    raise Absent("LOOPWRIGHT_TEST_KAFKA is unset")


def from_docker(environ: Mapping[str, str], stack: ExitStack) -> str:
    import docker  # type: ignore[import-untyped]  # noqa: PLC0415  slow, and of no use to the other ways
    from docker.errors import DockerException  # type: ignore[import-untyped]  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy  # noqa: PLC0415

    answers = False
    with suppress(DockerException), closing(docker.from_env(timeout=5)) as engine:
        answers = engine.ping()
    if not answers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()  # the client leaves its socket to the collector, and warnings are errors here
        raise Absent("no Docker engine answers")
    image = environ.get("KAFKA_IMAGE", "apache/kafka:4.1.0")
    # The same port inside and out, so that the address which the broker tells its clients is right on both sides.
    port = free_port()
    container = DockerContainer(image).with_env("KAFKA_HEAP_OPTS", "-Xmx384m")
    container = container.with_env("KAFKA_JVM_PERFORMANCE_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
    container.ports[f"{port}/tcp"] = (HOST, port)  # type: ignore[assignment]
    for name, value in in_container(single_node(port, 9093)).items():
        container = container.with_env(name, value)
    container.waiting_for(LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(120))
    try:
        container.start()
    except (DockerException, TimeoutError) as error:
        container.stop()
        raise Absent(f"Docker could not run {image} ({type(error).__name__})") from error
    stack.callback(container.stop)
    return f"{HOST}:{port}"


def in_container(properties: Mapping[str, object]) -> dict[str, str]:
    """Write properties as the image's entry point reads them: variables, and a listener on every address of it."""
    outside = {**properties, "listeners": str(properties["listeners"]).replace(f"//{HOST}:", "//:")}
    return {"KAFKA_" + name.upper().replace(".", "_"): str(value) for name, value in outside.items()}


def from_jars(environ: Mapping[str, str], folder: Path, stack: ExitStack) -> str:
    return stack.enter_context(Broker(folder, jars(environ))).bootstrap_servers
