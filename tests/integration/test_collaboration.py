"""Shared sessions on real servers: two people, in every way that Presence is run."""

from __future__ import annotations

from tests.support.collaborator import collaborate, make_session
from tests.support.people import token_for
from tests.support.presence_server import PresenceServer


async def test_two_people_write_one_query(setup: PresenceServer) -> None:
    session = make_session(setup, query="select 1")
    bob = token_for(setup, "bob", session, "editor")
    async with collaborate(setup.address, session, setup.token) as ada:
        assert ada.state["query"] == ada.replica.text == "select 1"
        async with collaborate(setup.address, session, bob) as other:
            await ada.expect("participant_joined", lambda payload: payload["participant"]["name"] == "bob")
            assert [one["name"] for one in other.state["participants"]] == ["ada", "bob"]
            await ada.type(" from hosts")
            await other.type("-- 😀\n", 0)
            await ada.until(lambda: ada.replica.text == "-- 😀\nselect 1 from hosts")
            await other.until(lambda: other.replica.text == ada.replica.text)
        await ada.expect("participant_left", lambda payload: payload["participantId"] == other.state["you"])
    with setup.api() as api:
        assert api.get(f"/api/v1/sessions/{session}/document")["query"] == ada.replica.text
