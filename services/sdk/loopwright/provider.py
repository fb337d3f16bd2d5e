"""Releases as OpenFeature flags: `pip install loopwright[flags]`.

    from openfeature import api
    from loopwright.kafka import ReleasesReader
    from loopwright.provider import LoopwrightProvider, stamp

    api.set_provider(LoopwrightProvider(ReleasesReader("localhost:9092", "releases", bucket_key=KEY)))
    flags = api.get_client()

    who = EvaluationContext("ann", {"run_id": run_id})
    prompt = flags.get_string_details("support-answers.prompt", "prompt@1", who)
    with recorder.run(session_id="s-1", user_id="ann", run_id=run_id, **stamp(prompt)) as run:
        ...

    flag key        <use_case_id>.<surface>, the surface in lower case: support-answers.tool_policy
    targeting key   the user id or, without one, the session id: what the recorder is told; hashed in here
    run_id          an attribute, if there is one: all flags of a run, whenever they are asked for, answer as the
                    first one did, so that a run keeps its arm while a release moves on
    value           the version to serve; the default where nobody knows one
    variant         candidate, baseline, or live: the version of everybody, outside of any release on this surface
    metadata        release_id, change_id, stage, arm, version (of the release): there when a release counts the user

    reason   SPLIT    a release counts this user, on the arm that the variant says
             STATIC   the live version
             STALE    rollout has said nothing for 60 s: the baseline of each release that is not FULL, uncounted
             DEFAULT  nobody knows a version of this surface

Errors: FLAG_NOT_FOUND for a key of another form, TYPE_MISMATCH for any type but string, TARGETING_KEY_MISSING.
Events: READY when the copy is whole, and again after STALE; CONFIGURATION_CHANGED names the flags of a use case.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import (
    FlagNotFoundError,
    ProviderNotReadyError,
    TargetingKeyMissingError,
    TypeMismatchError,
)
from openfeature.flag_evaluation import FlagEvaluationDetails, FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from loopwright.events import Arm, Surface
from loopwright.flags import Assignment
from loopwright.kafka import News, ReleasesCopy, Served, Tell

NAME = "loopwright"

MOST_RUNS = 10_000
"""Runs whose first answer is kept: more than one process has open at a time."""

_SURFACES = {surface.lower(): surface for surface in Surface if surface is not Surface.UNKNOWN}


class Reader(Protocol):
    """Where the releases come from: `loopwright.kafka.ReleasesReader`."""

    copy: ReleasesCopy

    def start(self, tell: Tell) -> None:
        """Begin to read, and tell what happens."""

    def wait(self, timeout: float) -> bool:
        """Wait until the copy is whole, at most so many seconds; says whether it is."""

    def close(self) -> None:
        """Stop reading."""


def flag_key(use_case_id: str, surface: Surface) -> str:
    """The key of the flag of one surface."""
    return f"{use_case_id}.{surface.lower()}"


def stamp(*evaluations: FlagEvaluationDetails[Any]) -> dict[str, Any]:
    """The envelope fields of a run that asked for these flags: those of the first that a release decided."""
    for one in evaluations:
        if "release_id" in one.flag_metadata:
            said = one.flag_metadata
            return {
                "release_id": str(said["release_id"]),
                "release_stage": int(said["stage"]),
                "arm": Arm(str(said["arm"])),
            }
    return {}


class LoopwrightProvider(AbstractProvider):
    """Answers from a copy of `releases` in this process: no call leaves it, and none waits."""

    def __init__(self, reader: Reader, *, wait: float = 10.0) -> None:
        """`wait`: how many seconds the provider may take to become ready before OpenFeature is told of an error."""
        super().__init__()
        self._reader = reader
        self._wait = wait
        self._late = False
        self._runs: OrderedDict[tuple[str, str, str], Served] = OrderedDict()
        self._lock = threading.Lock()

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata(NAME)

    def initialize(self, evaluation_context: EvaluationContext) -> None:  # noqa: ARG002
        """Read the topic to its end.

        Raises:
            ProviderNotReadyError: that takes too long; it goes on, flags have their defaults, and READY follows.

        """
        self._reader.start(self._hear)
        if not self._reader.wait(self._wait):
            self._late = True
            if not self._reader.copy.whole:  # it may have become so in between, before anybody would have told
                raise ProviderNotReadyError(f"releases were not read within {self._wait:g} s; is the broker there?")

    def shutdown(self) -> None:
        """Stop reading."""
        self._reader.close()

    def assignment(self, use_case_id: str, user: str) -> Assignment | None:
        """The release and arm of a user, without OpenFeature; None when no release counts them."""
        return self._reader.copy.served(use_case_id, user).given

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The version of one surface to serve to one user."""
        use_case_id, surface = _parsed(flag_key)
        if evaluation_context is None or not evaluation_context.targeting_key:
            raise TargetingKeyMissingError(f"{flag_key}: give the user id, or the session id, as targeting key")
        run_id = str(evaluation_context.attributes.get("run_id", ""))
        served = self._served(use_case_id, evaluation_context.targeting_key, run_id)
        return _resolution(served, surface, default_value)

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: FBT001  OpenFeature's signature
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """Refuse: a version is text."""
        _mismatch(flag_key, default_value, evaluation_context)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """Refuse: a version is text."""
        _mismatch(flag_key, default_value, evaluation_context)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """Refuse: a version is text."""
        _mismatch(flag_key, default_value, evaluation_context)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """Refuse: a version is text."""
        _mismatch(flag_key, default_value, evaluation_context)

    def _served(self, use_case_id: str, user: str, run_id: str) -> Served:
        """What the user gets; of a run that is known, what it got first."""
        if not run_id:
            return self._reader.copy.served(use_case_id, user)
        run = (use_case_id, user, run_id)
        with self._lock:
            served = self._runs.get(run)
            if served is None:
                served = self._reader.copy.served(use_case_id, user)
                self._runs[run] = served
                if len(self._runs) > MOST_RUNS:
                    self._runs.popitem(last=False)
            return served

    def _hear(self, news: News, use_case_id: str) -> None:
        match news:
            case News.CHANGED:
                flags = [flag_key(use_case_id, surface) for surface in _SURFACES.values()]
                self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=flags))
            case News.STALE:
                self._late = True
                self.emit_provider_stale(ProviderEventDetails(message="rollout has said nothing for 60 s"))
            case News.READY if self._late:  # the first time, OpenFeature says so itself when `initialize` ends
                self.emit_provider_ready(ProviderEventDetails())


def _parsed(key: str) -> tuple[str, Surface]:
    """The use case and the surface of a flag key; ids of use cases may have dots in them.

    Raises:
        FlagNotFoundError: no such flag can be.

    """
    use_case_id, _, surface = key.rpartition(".")
    if not use_case_id or surface not in _SURFACES:
        raise FlagNotFoundError(f"{key!r} is no flag; write <use case>.<surface>, such as support-answers.prompt")
    return use_case_id, _SURFACES[surface]


def _mismatch(key: str, default: object, _: EvaluationContext | None) -> NoReturn:
    _parsed(key)
    raise TypeMismatchError(f"{key} is a version, which is text; ask for a string instead of {type(default).__name__}")


def _resolution(served: Served, surface: Surface, default: str) -> FlagResolutionDetails[str]:
    version = served.versions.get(surface)
    if version is None:
        return FlagResolutionDetails(default, reason=Reason.DEFAULT)
    given, release = served.given, served.release
    if given is None or release is None or given.surface is not surface:
        withheld = given is None and release is not None and release.surface is surface
        reason = Reason.STALE if served.stale else Reason.STATIC
        return FlagResolutionDetails(version, reason=reason, variant="baseline" if withheld else "live")
    return FlagResolutionDetails(
        version,
        reason=Reason.STALE if served.stale else Reason.SPLIT,
        variant=given.arm.lower(),
        flag_metadata={
            "release_id": given.release_id,
            "change_id": given.change_id,
            "stage": given.stage,
            "arm": str(given.arm),
            "version": release.version,
        },
    )
