"""Compressed messages of version 1.1."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from typing import Any

from realtime import encode
from realtime.lane import Options


def decoded(message: bytes) -> Any:
    """Read a message as a client of 1.1 does."""
    envelope = json.loads(message)
    if envelope.get("compressed"):
        envelope["data"] = json.loads(zlib.decompress(b64decode(envelope["data"])))
    return envelope


def test_large_data_comes_as_a_zlib_stream_and_reads_the_same() -> None:
    entries = [b'{"n":%d}' % n for n in range(500)]
    plain = encode.history("status", entries, version="1.1")
    small = encode.history("status", entries, version="1.1", compress=True)
    assert len(small) < len(plain) / 2
    assert json.loads(small)["compressed"] is True
    assert decoded(small)["data"] == json.loads(plain)["data"]


def test_small_data_stays_as_it_is() -> None:
    message = encode.history("status", [b"1"], version="1.1", compress=True)
    assert json.loads(message)["data"] == {"type": "status", "data": [1]}


def test_version_1_0_is_never_compressed() -> None:
    assert Options.of(0, None, "1.0", compress=True) == Options.of(0, None, "1.0")
    message = encode.history("status", [b"1" * 2000], compress=True)
    assert "compressed" not in json.loads(message)
