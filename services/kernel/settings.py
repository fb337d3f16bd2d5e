"""Deployment facts, from the environment: LOOPWRIGHT_* variables, checked at start-up, printed in one line.

Judgement is never a setting: it is code, or an event such as a use case's spec, so that a replay repeats it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.kernel.engine import HIGHEST_EVENT_BYTES

PREFIX = "LOOPWRIGHT_"

TOOLING = frozenset({"LOOPWRIGHT_SHARED", "LOOPWRIGHT_TEST_KAFKA"})
"""Variables with our prefix that are the tests', not a service's."""


SHORTEST_KEY, LONGEST_KEY = 16, 64
"""Bytes of a key: below, guessing is cheap; above, blake2b takes no more."""


class BadSettings(Exception):
    """A setting is wrong; the message is one line that says which and how to mend it."""


class Settings(BaseSettings):
    """What differs between deployments. The keys' defaults are for trying out; production sets its own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    bootstrap_servers: str = Field(default="localhost:9092", pattern=r"^[\w.\-\[\]:]+:\d+(,[\w.\-\[\]:]+:\d+)*$")
    topic_prefix: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9._-]{0,30}\.)?$")
    """Before every topic, group and transactional id, for a shared cluster; ends with a dot."""
    replication: int | None = Field(default=None, ge=1)
    """Copies of each record; None: as the map says. A cluster with one broker takes 1."""
    partitions: int | None = Field(default=None, ge=1)
    """At most so many partitions a topic, for a laptop; None: as the map says. For ever, as in the map."""
    http_host: str = "0.0.0.0"  # noqa: S104  probes come from outside
    http_port: int = Field(default=8080, ge=0, le=65_535)
    """Where a service answers /live, /ready and /metrics; 0: any free port."""
    pseudonym_key: SecretStr = SecretStr("for trying out only: pseudonyms")
    pseudonym_key_id: str = Field(default="k1", pattern=r"^[a-z0-9]{1,16}$")
    text_key: SecretStr = SecretStr("for trying out only: texts")
    bucket_key: SecretStr = SecretStr("for trying out only: buckets")
    dead_key: SecretStr = SecretStr("for trying out only: dead letters")
    highest_event_bytes: int = Field(default=HIGHEST_EVENT_BYTES, ge=1024, le=900_000)
    marks_every_ms: int = Field(default=5_000, ge=100)

    @field_validator("pseudonym_key", "text_key", "bucket_key", "dead_key")
    @classmethod
    def _strong(cls, key: SecretStr) -> SecretStr:
        if not SHORTEST_KEY <= len(key.get_secret_value().encode()) <= LONGEST_KEY:
            raise ValueError(f"a key has {SHORTEST_KEY} to {LONGEST_KEY} bytes")
        return key

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  pydantic-settings names its arguments
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` was given: it has read the environment, and refused what it does not know."""
        return (init_settings,)

    def line(self) -> str:
        """All settings in one line, secrets covered."""
        return " ".join(f"{name}={value}" for name, value in self.model_dump().items())


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in the environment.

    Raises:
        BadSettings: one is unknown or wrong.

    """
    environ = os.environ if environ is None else environ
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name for name in environ if name.upper().startswith(PREFIX)} - TOOLING
    if unknown := sorted(given - known):
        raise BadSettings(f"{unknown[0]} is no setting; take it out, or use one of {', '.join(sorted(known))}")
    try:
        return Settings.model_validate({name[len(PREFIX) :].lower(): environ[name] for name in given})
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise BadSettings(f"{name}: {first['msg'].removeprefix('Value error, ')}; correct it") from error
