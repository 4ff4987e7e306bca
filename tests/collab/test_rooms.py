"""Rooms: opened for the first socket of a session, closed after the last."""

from __future__ import annotations

from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async

from collab.guests import Guest
from collab.models import Session
from collab.rooms import Rooms
from collab.services import session_create
from tests.support.hub import make_hub
from tests.support.users import make_user

pytestmark = pytest.mark.django_db(transaction=True)
ADA = 1


@sync_to_async
def made() -> Session:
    return session_create(user=make_user("ada"), query="select 1")


async def test_a_room_stays_open_for_who_is_on_the_way_in_while_the_last_one_leaves() -> None:
    session_id, rooms = (await made()).pk, Rooms(make_hub()[0])
    rooms.visit(session_id, ADA)
    room, guest = await rooms.room(session_id), Guest(cast("Any", None), ADA)
    room.guests.add(guest)
    rooms.visit(session_id, ADA)  # the same page, loaded again
    on_the_way = await rooms.room(session_id)
    rooms.unvisit(session_id, ADA)
    await rooms.leave(session_id, room, guest)
    assert await rooms.room(session_id) is on_the_way
    rooms.unvisit(session_id, ADA)
    await rooms.leave(session_id, on_the_way, None)
    assert await rooms.room(session_id) is not on_the_way
