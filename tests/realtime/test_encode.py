"""Server messages as bytes."""

from __future__ import annotations

import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from realtime import encode
from realtime.protocol import ErrorCode, PongData, ProtocolError
from tests.support.hub import make_event


def test_the_fields_of_an_envelope_come_in_order() -> None:
    message = json.loads(encode.reply("system", "pong", PongData(timestamp=5)))
    assert list(message) == ["id", "type", "timestamp", "event", "data", "direction"]
    assert (message["type"], message["event"], message["data"]) == ("system", "pong", {"timestamp": 5})
    uuid.UUID(message["id"])
    assert isinstance(message["timestamp"], int)


def test_version_1_0_has_no_metadata() -> None:
    message = json.loads(encode.reply("system", "pong", PongData(timestamp=5), metadata={"replyTo": "x"}))
    assert "metadata" not in message and "version" not in message


def test_version_1_1_adds_version_and_metadata() -> None:
    raw = encode.reply("system", "pong", PongData(timestamp=5), version="1.1", metadata={"replyTo": 'x"'})
    message = json.loads(raw)
    assert list(message)[-2:] == ["version", "metadata"]
    assert message["version"] == "1.1" and message["metadata"] == {"replyTo": 'x"'}


def test_version_1_1_leaves_empty_metadata_out() -> None:
    message = json.loads(encode.reply("system", "pong", PongData(timestamp=5), version="1.1"))
    assert message["version"] == "1.1" and "metadata" not in message


def test_a_single_event_goes_alone() -> None:
    message = json.loads(encode.frame_of("status", [make_event(3)]))
    assert message["event"] == "status_update" and message["data"]["status"] == {"n": 3}


def test_several_events_become_one_batch() -> None:
    message = json.loads(encode.frame_of("status", [make_event(3), make_event(4)], version="1.1", position="e:4"))
    assert message["event"] == "batch_update" and message["type"] == "status"
    assert [entry["data"]["timestamp"] for entry in message["data"]["events"]] == [3, 4]
    assert message["metadata"] == {"position": "e:4"}


def test_history_is_of_type_system() -> None:
    message = json.loads(encode.history("status", [b'{"n":1}', b'{"n":2}']))
    assert message["type"] == "system" and message["event"] == "history_data"
    assert message["data"] == {"type": "status", "data": [{"n": 1}, {"n": 2}]}


def test_an_error_has_details_only_when_there_are_some() -> None:
    plain = json.loads(encode.error(ProtocolError(ErrorCode.PARSE_ERROR, "no")))
    told = json.loads(encode.error(ProtocolError(ErrorCode.INVALID_TYPE, "no", {"type": "x"})))
    assert plain["data"] == {"code": "PARSE_ERROR", "message": "no"}
    assert told["data"]["details"] == {"type": "x"} and told["type"] == told["event"] == "error"


@given(st.text())
def test_any_reply_to_makes_valid_json(reply_to: str) -> None:
    clean = reply_to.encode("utf-8", "replace").decode()
    raw = encode.error(ProtocolError(ErrorCode.PARSE_ERROR, clean), version="1.1", reply_to=clean or "x")
    assert json.loads(raw)["metadata"]["replyTo"] == (clean or "x")
