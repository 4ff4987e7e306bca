"""Shared sessions on real servers: what people do there, in every way that Presence is run."""

from __future__ import annotations

from tests.support.awareness import state_of, states_in
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


async def test_who_comes_back_after_editing_offline_is_merged(setup: PresenceServer) -> None:
    session = make_session(setup, query="select 1")
    async with collaborate(setup.address, session, setup.token) as ada:
        replica = ada.replica
        await ada.type(";")
    replica.insert(0, "-- offline\n")
    async with collaborate(setup.address, session, setup.token) as meanwhile:
        await meanwhile.type(" -- meanwhile")
    server = meanwhile.replica.vector()
    async with collaborate(setup.address, session, setup.token, replica) as back:
        await back.send_update(replica.missing_in(server))
        await back.expect("doc_saved")
        assert replica.text == "-- offline\nselect 1; -- meanwhile"
    async with collaborate(setup.address, session, setup.token) as late:
        assert late.replica.text == replica.text


async def test_one_person_in_two_tabs_counts_once(setup: PresenceServer) -> None:
    session = make_session(setup)
    bob = token_for(setup, "bob", session, "editor")
    async with collaborate(setup.address, session, setup.token) as ada:
        async with collaborate(setup.address, session, bob) as one:
            joined = await ada.expect("participant_joined")
            assert joined["participant"]["name"] == "bob" and joined["participant"]["color"].startswith("#")
            async with collaborate(setup.address, session, bob) as two:
                assert [person["name"] for person in two.state["participants"]] == ["ada", "bob"]
            await one.say("still here", "m1")
            await ada.expect("chat_message")
            assert ada.client.of("participant_left") == []
        await ada.expect("participant_left")
    assert len(ada.client.of("participant_joined")) == 1


async def test_cursors_are_seen_with_the_servers_names_and_go_with_their_socket(setup: PresenceServer) -> None:
    session = make_session(setup, query="select 1")
    bob = token_for(setup, "bob", session, "viewer")
    async with collaborate(setup.address, session, setup.token) as ada:
        async with collaborate(setup.address, session, bob) as other:
            await other.send("awareness", {"update": state_of(77, 1, {"user": {"name": "root"}, "cursor": CURSOR})})
            seen = states_in((await ada.expect("awareness"))["update"])[77]
            assert seen is not None and seen["cursor"] == CURSOR
            assert seen["user"]["name"] == "bob" and seen["user"]["id"] == other.state["you"]
            await ada.send("awareness", {"update": state_of(77, 9, None)}, id="x")
            assert await ada.refusal() == "FORGED_AUTHOR"
            async with collaborate(setup.address, session, setup.token) as late:
                assert 77 in states_in(late.state["awareness"])
        await ada.expect("awareness", lambda payload: states_in(payload["update"]).get(77, {}) is None)


CURSOR = {"anchor": {"type": None, "tname": "query", "item": None, "assoc": 0}, "head": {"tname": "query", "assoc": 0}}


async def test_a_plain_client_works_beside_one_with_yjs(setup: PresenceServer) -> None:
    session = make_session(setup, query="select 1")
    bob = token_for(setup, "bob", session, "editor")
    async with (
        collaborate(setup.address, session, setup.token) as ada,
        collaborate(setup.address, session, bob) as plain,
    ):
        await plain.send("update_query", {"query": "select 1 from hosts", "timestamp": 1})
        await ada.until(lambda: ada.replica.text == "select 1 from hosts")
        await ada.type("-- a\n", 0)
        update = await plain.expect("query_updated", lambda payload: payload["query"].startswith("-- a"))
        assert (update["query"], update["authorId"]) == ("-- a\nselect 1 from hosts", ada.state["you"])
        await plain.send("move_cursor", {"cursor": {"line": 2}, "timestamp": 1})
        async with collaborate(setup.address, session, setup.token) as watcher:
            await plain.send("move_cursor", {"cursor": {"line": 3}})
            moved = await watcher.expect("cursor_moved")
            assert moved == {"cursor": {"line": 3}, "authorId": plain.state["you"]}
            assert watcher.state["cursors"] == {plain.state["you"]: {"line": 2}}


async def test_plain_clients_and_those_with_yjs_see_each_others_cursors(setup: PresenceServer) -> None:
    session = make_session(setup, query="select 1")
    bob = token_for(setup, "bob", session, "editor")
    async with (
        collaborate(setup.address, session, setup.token) as ada,
        collaborate(setup.address, session, bob) as plain,
    ):
        await plain.send("move_cursor", {"cursor": {"anchor": 7, "head": 8}})
        update = (await ada.expect("awareness"))["update"]
        (state,) = states_in(update).values()
        assert state is not None and state["user"]["name"] == "bob"
        assert state["cursor"]["anchor"]["item"] is not None and state["cursor"]["head"]["item"] is None
        await ada.send("awareness", {"update": state_of(77, 1, {"cursor": state["cursor"]})})
        moved = await plain.expect("cursor_moved")
        assert moved == {"cursor": {"anchor": 7, "head": 8}, "authorId": ada.state["you"]}


async def test_the_chat_is_kept_in_order_and_once(setup: PresenceServer) -> None:
    session = make_session(setup)
    bob = token_for(setup, "bob", session, "viewer")
    link = {"kind": "alert", "alertId": 7, "label": "CPU"}
    async with (
        collaborate(setup.address, session, setup.token) as ada,
        collaborate(setup.address, session, bob) as other,
    ):
        forged = {"authorId": "1", "timestamp": 5}
        said = await other.say("look @ada", "m1", links=[link], **forged)
        assert said["authorId"] == other.state["you"] and said["timestamp"] > 5
        assert said["mentions"] == [{"id": ada.state["you"], "name": "ada"}] and said["links"] == [link]
        assert (await other.say("something else", "m1"))["content"] == "look @ada"
        await ada.send("edit_message", {"id": "m1", "content": "mine"}, id="e")
        assert await ada.refusal() == "NOT_YOURS"
        await other.send("edit_message", {"id": "m1", "content": "looked"})
        edited = (await ada.expect("chat_updated"))["message"]
        assert edited["content"] == "looked" and edited["editedAt"]
        await ada.send("typing", {"typing": True})
        assert await other.expect("typing") == {"participantId": ada.state["you"], "typing": True}
        await other.say("second", "m2")
        await other.send("delete_message", {"id": "m2"})
        assert (await ada.expect("chat_updated"))["message"]["deleted"] is True
        async with collaborate(setup.address, session, setup.token) as late:
            assert [one["id"] for one in late.state["chatMessages"]] == ["m1", "m2"]
            assert late.state["unread"] == 1 and late.state["chatMessages"][1]["content"] == ""
            await late.send("chat_read", {"number": late.state["number"]})
            await ada.expect("chat_read")
    async with collaborate(setup.address, session, setup.token) as again:
        assert again.state["unread"] == 0


async def test_a_run_is_everybodys(setup: PresenceServer) -> None:
    session = make_session(setup, query="select 1")
    bob = token_for(setup, "bob", session, "editor")
    run = {"executionId": "e1", "share": "secret", "query": "select 1"}
    async with (
        collaborate(setup.address, session, setup.token) as ada,
        collaborate(setup.address, session, bob) as other,
    ):
        await ada.send("run_started", run)
        started = (await other.expect("run_started"))["run"]
        assert (started["number"], started["share"], started["status"]) == (1, "secret", "running")
        await other.send("run_started", {**run, "executionId": "e2"}, id="r")
        assert await other.refusal() == "RUN_ACTIVE"
        await ada.send("run_progress", {"executionId": "e1", "rows": 500, "progress": None, "step": "reading"})
        assert (await other.expect("run_progress"))["rows"] == 500
        await other.send("cancel_run", {"executionId": "e1"})
        assert (await ada.expect("run_cancel"))["participantId"] == other.state["you"]
        await ada.send("run_finished", {"executionId": "e1", "status": "cancelled", "rows": 700, "elapsedMs": 12})
        ended = (await other.expect("run_finished"))["run"]
        assert (ended["status"], ended["rows"], ended["cancelledBy"]) == ("cancelled", 700, "bob")
    with setup.api() as api:
        kinds = [entry["kind"] for entry in api.get(f"/api/v1/sessions/{session}/timeline")["results"]]
        assert [kind for kind in kinds if kind.startswith("run")] == ["run_started", "run_cancel", "run_finished"]
        report = api.http.get(f"/api/v1/sessions/{session}/export", params={"language": "zh"})
        assert report.headers["content-type"].startswith("text/markdown") and "取消了第 1 次执行" in report.text
        assert "secret" not in report.text


async def test_a_viewer_watches_and_talks_and_changes_nothing(setup: PresenceServer) -> None:
    session = make_session(setup, query="select 1")
    bob = token_for(setup, "bob", session, "viewer")
    async with collaborate(setup.address, session, bob) as viewer:
        await viewer.send_update(viewer.replica.insert(0, "x"))
        assert await viewer.refusal() == "UNAUTHORIZED"
        for kind, payload in (
            ("update_query", {"query": "drop"}),
            ("run_started", {"executionId": "e", "query": "q"}),
            ("cancel_run", {"executionId": "e"}),
        ):
            await viewer.send(kind, payload, id="v")
            assert await viewer.refusal() == "UNAUTHORIZED"
        with setup.api() as api:
            answer = api.http.patch(
                f"/api/v1/sessions/{session}/members/{viewer.state['you']}", json={"role": "editor"}
            )
            assert answer.status_code == 200, answer.text
        assert (await viewer.expect("role_changed"))["role"] == "editor"
        await viewer.send("update_query", {"query": "select 2"}, id="now")
        await viewer.expect("doc_saved")
        with setup.api() as api:
            api.http.delete(f"/api/v1/sessions/{session}/members/{viewer.state['you']}")
        assert await viewer.client.close_code() == 4003
