"""What may be pushed, and what is wrong with it. Pure: the clock is an argument, in ms since the epoch.

Percentages are 0-100, sizes bytes, throughputs bytes per second, latencies ms. Unknown fields are refused: a misspelt
one would otherwise be lost without a word.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from metrics.messages import Process, SystemStatus
from metrics.statistics.bucket import Bucket
from metrics.statistics.sketch import GREATEST, GREATEST_KEY, LEAST_KEY, Sketch

FUTURE_MS = 5_000
"""How far ahead of our clock a reading may be; also how far apart the clocks may be."""
WIDTH_MS = 10_000

Percent = Annotated[float, Meta(ge=0, le=100)]
Amount = Annotated[float, Meta(ge=0, le=1e18)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Size = Annotated[int, Meta(ge=0, le=2**62)]
Moment = Annotated[int, Meta(ge=0, le=2**53)]
TEXT = r"^[^\x00]*$"
"""No zero byte: PostgreSQL stores none, and refusing it as what the sender did wrong keeps it from trying for ever."""
Name = Annotated[str, Meta(max_length=253, pattern=TEXT)]
T = TypeVar("T")


class _Strict(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """camelCase on the wire; what is not known is refused."""


class PushedProcess(_Strict):
    """One of the busiest processes. ``cpu`` is percent of one core, ``memory`` resident bytes."""

    pid: Annotated[int, Meta(ge=0, le=2**32)]
    name: Annotated[str, Meta(max_length=255, pattern=TEXT)]
    cpu: Annotated[float, Meta(ge=0, le=1e6)]
    memory: Size


class PushedStatus(_Strict):
    """A reading. Without a ``timestamp`` it is of the moment in which it comes in; ``host`` is the token's."""

    cpu_usage: Percent
    memory_usage: Percent
    disk_usage: Percent
    host: Name | UnsetType = UNSET
    system_online: bool = True
    active_connections: Count = 0
    uptime: Size = 0
    timestamp: Moment | UnsetType = UNSET
    version: Annotated[str, Meta(max_length=40, pattern=TEXT)] = ""
    cpu_per_core: Annotated[list[Percent], Meta(max_length=4096)] | UnsetType = UNSET
    load1: Amount | UnsetType | None = UNSET
    load5: Amount | UnsetType | None = UNSET
    load15: Amount | UnsetType | None = UNSET
    swap_usage: Percent | UnsetType = UNSET
    memory_total: Size | UnsetType = UNSET
    disk_total: Size | UnsetType = UNSET
    network_received: Amount | UnsetType = UNSET
    network_sent: Amount | UnsetType = UNSET
    disk_read: Amount | UnsetType = UNSET
    disk_written: Amount | UnsetType = UNSET
    temperature: Annotated[float, Meta(ge=-273.15, le=1000)] | UnsetType | None = UNSET
    process_memory: Size | UnsetType = UNSET
    web_socket_connections: Count | UnsetType = UNSET
    processes: Annotated[list[PushedProcess], Meta(max_length=50)] | UnsetType = UNSET
    stale: bool | UnsetType = UNSET
    """Taken and ignored, so that what ``/status`` answers can be pushed on."""


class StatusBatch(_Strict):
    """Several readings. With ``sentAt``, the sender's clock when it sent them, a wrong clock is told from late ones."""

    readings: list[PushedStatus]
    sent_at: Moment | UnsetType = UNSET


class PushedSketch(_Strict):
    """Counts of latencies by size; ``sketch.py`` says how a bin's number is made. Relative error 1 %."""

    bins: dict[int, Annotated[int, Meta(ge=1, le=2**40)]]
    zero: Annotated[int, Meta(ge=0, le=2**40)] = 0


class PushedRequests(_Strict):
    """The requests of ten seconds: ``latencies`` one by one, or a ``sketch`` with their ``sum``."""

    start: Moment
    errors: Count = 0
    latencies: Annotated[list[Annotated[float, Meta(ge=0, le=GREATEST)]], Meta(max_length=100_000)] | UnsetType = UNSET
    sketch: PushedSketch | UnsetType = UNSET
    sum: Amount | UnsetType = UNSET


class RequestsBatch(_Strict):
    """What one process of an application counted. Sent again, a bucket replaces what was sent of it before."""

    process: Annotated[str, Meta(min_length=1, max_length=64, pattern=TEXT)]
    buckets: Annotated[list[PushedRequests], Meta(max_length=400)]
    sent_at: Moment | UnsetType = UNSET


class Refused(Exception):
    """What was pushed can't be taken: a code, a sentence, and where it is wrong."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


_INDEX = re.compile(r"\[(\d+)\]")
_one = msgspec.json.Decoder(PushedStatus)
_many = msgspec.json.Decoder(list[PushedStatus])
_batch = msgspec.json.Decoder(StatusBatch)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_requests = msgspec.json.Decoder(RequestsBatch)


def _decoded(decode: Any, body: bytes) -> Any:
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at ")
        found = _INDEX.search(path)
        details = {"path": path.strip("`")} | ({"index": int(found[1])} if found else {})
        raise Refused("INVALID_REQUEST", f"{text} - at {path}" if path else text, **details) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("INVALID_REQUEST", f"The body must be JSON: {error}.") from None


def readings_of(body: bytes, *, host: str, now: int, oldest: int, at_most: int) -> list[SystemStatus]:
    """Return the readings in a request, oldest first: one, a list, or ``{"readings": […], "sentAt"}``.

    ``oldest``: readings before this moment are refused.

    Raises:
        Refused: for the first thing that is wrong; then none of it may be stored.
    """
    pushed, sent_at = _pushed(body)
    if len(pushed) > at_most:
        raise Refused("TOO_MANY", f"At most {at_most} readings at once, not {len(pushed)}.", limit=at_most)
    _clock_check(sent_at, now)
    found = [_reading(one, index, host=host, now=now, oldest=oldest) for index, one in enumerate(pushed)]
    return sorted(found, key=lambda reading: reading.timestamp)


def _pushed(body: bytes) -> tuple[list[PushedStatus], int | None]:
    if body.lstrip()[:1] == b"[":
        return _decoded(_many.decode, body), None
    if "readings" in _decoded(_fields.decode, body):
        batch: StatusBatch = _decoded(_batch.decode, body)
        return batch.readings, None if isinstance(batch.sent_at, UnsetType) else batch.sent_at
    return [_decoded(_one.decode, body)], None


def _clock_check(sent_at: int | None, now: int) -> None:
    if sent_at is not None and abs(skew := sent_at - now) > FUTURE_MS:
        text = f"The sender's clock is {abs(skew) / 1000:.1f} s {'ahead' if skew > 0 else 'behind'}."
        raise Refused("CLOCK_SKEW", text, serverTime=now, skewMs=skew)


def _moment_check(moment: int, index: int, *, now: int, oldest: int) -> None:
    if moment > now + FUTURE_MS:
        text = f"Number {index} is of {(moment - now) / 1000:.1f} s in the future."
        raise Refused("FUTURE_TIMESTAMP", text, index=index, serverTime=now)
    if moment < oldest:
        text = f"Number {index} is older than the {(now - oldest) // 3_600_000} hours that are taken."
        raise Refused("TOO_OLD", text, index=index, oldest=oldest)


def _reading(one: PushedStatus, index: int, *, host: str, now: int, oldest: int) -> SystemStatus:
    if one.host is not UNSET and one.host not in ("", host):
        raise Refused("WRONG_HOST", f"This token is for {host!r}, not for {one.host!r}.", index=index)
    moment = now if isinstance(one.timestamp, UnsetType) else one.timestamp
    _moment_check(moment, index, now=now, oldest=oldest)
    values = {name: getattr(one, name) for name in PushedStatus.__struct_fields__ if name != "stale"}
    processes = one.processes
    if not isinstance(processes, UnsetType):
        values["processes"] = [Process(p.pid, p.name, p.cpu, p.memory) for p in processes]
    return SystemStatus(**{**values, "host": host, "timestamp": moment, "system_online": True})


def requests_of(body: bytes, *, now: int, oldest: int) -> tuple[str, list[Bucket]]:
    """Return the name of the process and its buckets.

    Raises:
        Refused: for the first thing that is wrong; then none of it may be stored.
    """
    batch: RequestsBatch = _decoded(_requests.decode, body)
    _clock_check(None if isinstance(batch.sent_at, UnsetType) else batch.sent_at, now)
    found: dict[int, Bucket] = {}
    for index, one in enumerate(batch.buckets):
        if one.start % WIDTH_MS:
            raise Refused("INVALID_REQUEST", f"Number {index}: start must be a multiple of 10,000 ms.", index=index)
        _moment_check(one.start, index, now=now, oldest=oldest)
        if one.start in found:
            raise Refused("INVALID_REQUEST", f"Number {index}: the same start comes twice.", index=index)
        found[one.start] = _bucket(one, index)
    return batch.process, list(found.values())


def _bucket(one: PushedRequests, index: int) -> Bucket:
    if isinstance(one.latencies, UnsetType) == isinstance(one.sketch, UnsetType):
        raise Refused("INVALID_REQUEST", f"Number {index} needs either latencies or a sketch.", index=index)
    if isinstance(one.sketch, UnsetType):
        assert not isinstance(one.latencies, UnsetType)
        sketch = Sketch()
        sketch.extend(one.latencies)
        total = sum(one.latencies)
    else:
        if not all(LEAST_KEY <= key <= GREATEST_KEY for key in one.sketch.bins):
            text = f"Number {index}: bins are numbered from {LEAST_KEY} to {GREATEST_KEY}."
            raise Refused("INVALID_REQUEST", text, index=index)
        if isinstance(one.sum, UnsetType):
            raise Refused("INVALID_REQUEST", f"Number {index}: a sketch needs the sum of its latencies.", index=index)
        sketch, total = Sketch(one.sketch.bins, one.sketch.zero), one.sum
    if one.errors > sketch.count:
        raise Refused("INVALID_REQUEST", f"Number {index}: more errors than requests.", index=index)
    return Bucket(one.start, sketch.count, one.errors, total, sketch)
