"""What the runtime uses of Faust, mode and aiokafka beyond what they document, held against what is installed.

Each line here is one that `services/kernel/runtime.py` and `task.py` lean on. When one fails after an upgrade, read
what has become of it before anything else: these names carry exactly-once, and nothing else would say that they moved.
"""

# ruff: noqa: SLF001  private names are what this is about

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.client import AIOKafkaClient  # type: ignore[import-untyped]
from aiokafka.consumer.fetcher import Fetcher  # type: ignore[import-untyped]
from aiokafka.consumer.group_coordinator import GroupCoordinator  # type: ignore[import-untyped]
from aiokafka.producer.message_accumulator import BatchBuilder  # type: ignore[import-untyped]
from faust.app.base import BootStrategy
from faust.transport.consumer import Consumer as FaustConsumer
from faust.transport.consumer import ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from services.kernel import changelog, cluster, references, runtime, task

PINNED = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
"""What all of this was read in. A new version is taken when this file has been read against it."""


@pytest.mark.parametrize("name", PINNED)
def test_the_versions_are_the_ones_that_were_read(name: str) -> None:
    assert version(name) == PINNED[name]


CALLED: dict[str, tuple[Callable[..., Any], str, bool]] = {
    "the consumer is ours": (faust.App._new_transport, "self", False),
    "the fetch": (driver.Consumer._getmany, "self, active_partitions, timeout", True),
    "the thread of the fetch": (driver.Consumer._new_consumer_thread, "self", False),
    "tasks pause": (driver.Consumer.on_partitions_revoked, "self, revoked", True),
    "tasks close and open": (driver.Consumer.on_partitions_assigned, "self, assigned, generation_id", True),
    "no alarm about commits": (driver.Consumer.verify_event_path, "self, now, tp", False),
    "the thread": (driver.AIOKafkaConsumerThread.__init__, "self, consumer, kwargs", False),
    "our client": (driver.AIOKafkaConsumerThread._create_worker_consumer, "self, transport", False),
    "the client": (driver.AIOKafkaConsumerThread._ensure_consumer, "self", False),
    "into the thread": (driver.AIOKafkaConsumerThread.call_thread, "self, fun, args, kwargs", True),
    "the counts of partitions": (AIOKafkaClient.fetch_all_metadata, "self", True),
    "a topic is not forgotten": (AIOKafkaClient.add_topic, "self, topic", False),
    "how far it is read": (AIOKafkaConsumer.position, "self, partition", True),
    "the broker's end": (AIOKafkaConsumer.highwater, "self, partition", False),
    "the end of what is committed": (AIOKafkaConsumer.last_stable_offset, "self, partition", False),
    "when an answer was read": (AIOKafkaConsumer.last_poll_timestamp, "self, partition", False),
    "a batch": (AIOKafkaProducer.create_batch, "self", False),
    "a batch is filled": (BatchBuilder.append, "self, timestamp, key, value, headers", False),
    "a batch is sent": (AIOKafkaProducer.send_batch, "self, batch, topic, partition", True),
}


@pytest.mark.parametrize(("called", "takes", "waits"), CALLED.values(), ids=CALLED)
def test_what_is_called_or_replaced_takes_what_it_took(called: Callable[..., Any], takes: str, waits: bool) -> None:  # noqa: FBT001
    assert ", ".join(inspect.signature(called).parameters) == takes
    assert inspect.iscoroutinefunction(called) is waits


SAID: dict[str, tuple[Any, str]] = {
    "the transport is made where ours is given": (faust.App.transport, "self._new_transport()"),
    "the transport makes the consumer": (driver.Transport.create_consumer, "self.Consumer(self, callback=callback"),
    "the consumer makes the thread": (ThreadDelegateConsumer.__init__, "self._thread = self._new_consumer_thread()"),
    "the thread makes the client": (
        driver.AIOKafkaConsumerThread._create_consumer,
        "self._create_worker_consumer(transport)",
    ),
    "the fetch loop waits for our fetch": (FaustConsumer._wait_next_records, "await self._getmany("),
    "a revocation reaches the consumer": (driver.ConsumerRebalanceListener, "thread.on_partitions_revoked("),
    "an assignment comes with its generation": (
        driver.ConsumerRebalanceListener,
        "generation = self._thread._ensure_consumer()._coordinator.generation",
    ),
    "a consumer keeps its coordinator": (AIOKafkaConsumer, "self._coordinator = GroupCoordinator("),
    "a consumer keeps its client": (AIOKafkaConsumer, "self._client = AIOKafkaClient("),
    "a group has a member": (GroupCoordinator, "self.member_id = "),
    "a group lives in one task": (GroupCoordinator, "self._coordination_task = create_task("),
    "a group that cannot go on keeps its error": (
        GroupCoordinator._push_error_to_user,
        "self._pending_exception = exc",
    ),
    "the clock is read with each answer": (Fetcher, "tp_state.timestamp = now_ms"),
}
"""What is between the names above: a piece of the source, blanks aside."""


@pytest.mark.parametrize(("of", "said"), SAID.values(), ids=SAID)
def test_what_lies_between_is_still_wired_that_way(of: Any, said: str) -> None:
    source = inspect.getsource(getattr(of, "fget", of))
    assert "".join(said.split()) in "".join(source.split())


def test_the_boot_strategy_knows_what_is_switched_off() -> None:
    switched = {name for name in vars(runtime._Boot) if name.startswith("enable_")}
    assert switched == {"enable_kafka_producer", "enable_web", "enable_sensors"}
    assert switched < set(vars(BootStrategy))


def test_our_classes_replace_what_they_mean_to_replace() -> None:
    """A name that is gone from the class above would be a method that nobody calls."""
    ours = {
        runtime._App: {"_new_transport"},
        runtime.Consumer: {
            "_new_consumer_thread", "_getmany", "on_partitions_revoked", "on_partitions_assigned", "verify_event_path",
        },
        runtime.ConsumerThread: {"_create_worker_consumer"},
    }  # fmt: skip
    for kind, replaced in ours.items():
        above = {name for parent in kind.__mro__[1:] for name in vars(parent)}
        own = {name for name, value in vars(kind).items() if inspect.isfunction(value) and name != "__init__"}
        assert own & above == replaced


def test_the_client_takes_what_the_runtime_asks_for() -> None:
    asked = {
        "group_id", "bootstrap_servers", "partition_assignment_strategy", "enable_auto_commit", "auto_offset_reset",
        "isolation_level", "fetch_max_wait_ms", "session_timeout_ms", "heartbeat_interval_ms", "rebalance_timeout_ms",
        "metadata_max_age_ms", "check_crcs",
    }  # fmt: skip
    assert asked <= set(inspect.signature(AIOKafkaConsumer.__init__).parameters)


@pytest.mark.parametrize(
    ("key", "hash_"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    ],
)
def test_a_key_lies_where_java_clients_put_it(key: bytes, hash_: int) -> None:
    """The hashes are those in Kafka's own tests; its producer takes them without the sign."""
    assert task.murmur2(key) == hash_ & 0x7FFFFFFF


def test_a_partition_is_a_topic_and_a_number_in_both() -> None:
    assert TopicPartition(*TP("runs", 3)) == TopicPartition("runs", 3)


def test_no_other_private_name_is_used() -> None:
    """Whoever uses one more adds it to the lists above, and to the docstring of the runtime."""
    used = {
        node.attr
        for module in (runtime, task, references, changelog, cluster)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }
    assert used == {"_client", "_coordinator", "_coordination_task", "_pending_exception"}
