"""A client of version 1.0 that knows nothing of Presence's own: it works in a real browser, over a restart too."""

from __future__ import annotations

import signal
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.presence_server import PresenceServer

CLIENT = Path(__file__).with_name("plain_client.js").read_text()
HAS = "event => notes.events.some(message => message.event === event)"


def page_of(browser: Browser, server: PresenceServer) -> Page:
    """A page of the site that shows nothing, with the cookie of somebody who is signed in."""
    context = browser.new_context()
    context.add_cookies([{"name": "presence_session", "value": server.session, "url": server.address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server.address}/livez")
    page.evaluate("() => {" + CLIENT + "}")
    return page


def test_a_client_of_the_first_version_works_unchanged(browser: Browser, presence_server: PresenceServer) -> None:
    page = page_of(browser, presence_server)
    address = presence_server.address.replace("http", "ws", 1) + "/ws"
    page.evaluate(
        """url => {
            window.client = new PlainClient(url, { types: ['status', 'stats', 'health'] })
            client.ask('config', 'subscribe', { types: ['config'] })  // waits until the socket is open
            client.connect()
        }""",
        address,
    )
    for event in ("connected", "subscribed", "history_data", "status_update", "stats_update"):
        page.wait_for_function(HAS, arg=event)
    page.wait_for_function("() => notes.pongs > 1")
    first = page.evaluate("() => notes.events")
    assert first[0]["event"] == "connected" and first[0]["data"]["protocolVersion"] == "1.0"
    assert all(list(message) == ["id", "type", "timestamp", "event", "data", "direction"] for message in first)
    confirmed = [message["data"]["subscribed"] for message in first if message["event"] == "subscribed"]
    assert confirmed == [["config"], ["status", "stats", "health", "config"]]

    page.evaluate("() => { notes.events.length = 0 }")
    assert presence_server.web.stop(signal.SIGTERM) == 0
    page.wait_for_function("() => notes.attempts.length > 0")
    presence_server.start()
    for event in ("disconnected", "connected", "status_update"):
        page.wait_for_function(HAS, arg=event)
    told = page.evaluate("() => notes.events.find(message => message.event === 'disconnected').data")
    assert told["code"] == 1012 and told["reconnect"] is True

    page.evaluate("() => { client.ask('config', 'unsubscribe', { types: ['status', 'stats', 'health'] }) }")
    page.wait_for_function(HAS, arg="unsubscribed")
    page.evaluate("() => client.disconnect()")
    page.wait_for_function("() => client.state === 'disconnected'")
    assert page.evaluate("() => notes.errors") == []
    page.context.close()
