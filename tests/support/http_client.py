"""The HTTP API as a browserless client uses it."""

from __future__ import annotations

from typing import Any, Self

import httpx

from tests.support.population import NAME, PASSWORD


class Api:
    """One client of one server, with its own cookies."""

    def __init__(self, address: str, session: str = "") -> None:
        self.http = httpx.Client(base_url=address, timeout=30, trust_env=False)
        self.session = session
        """A browser's session that pages may be asked with; without one it signs in where that is needed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of an answer that has to be 200."""
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Post JSON the way the page does: with the CSRF token from the cookie."""
        if "csrftoken" not in self.http.cookies:
            self.http.get("/api/v1/auth/session")
        return self.http.post(path, json=body, headers={"X-CSRFToken": self.http.cookies["csrftoken"]})

    def sign_in(self, username: str = NAME, password: str = PASSWORD) -> str:
        """Sign in as a browser does and return the session key."""
        answer = self.post("/api/v1/auth/session", {"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        return str(self.http.cookies["presence_session"])

    def take_up_session(self, session: str) -> None:
        """Be a browser that has signed in before."""
        self.http.cookies["presence_session"] = session
        self.get("/api/v1/auth/session")  # brings the CSRF cookie

    def token(self, username: str = NAME, password: str = PASSWORD) -> str:
        """Exchange name and password for a token, use it from now on, and return it."""
        answer = self.http.post("/api/v1/auth/token", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        self.http.headers["Authorization"] = f"Token {token}"
        return token

    def save_rule(self, number: int | None = None, **values: object) -> None:
        """Add a rule in the admin, or change the one with that number, as a person does with the form."""
        if "presence_session" not in self.http.cookies:
            self.take_up_session(self.session) if self.session else self.sign_in()
        form: dict[str, object] = {"component": "disk", "comparison": "above", "enabled": "on"}
        form |= dict.fromkeys(("window_seconds", "for_seconds", "keep_firing_for_seconds", "repeat_seconds"), 0)
        form |= values
        path = "/admin/metrics/rule/add/" if number is None else f"/admin/metrics/rule/{number}/change/"
        self._post_form(path, form)

    def delete_rule(self, number: int) -> None:
        """Delete a rule in the admin."""
        self._post_form(f"/admin/metrics/rule/{number}/delete/", {"post": "yes"})

    def _post_form(self, path: str, form: dict[str, Any]) -> None:
        token = self.http.cookies["csrftoken"]
        answer = self.http.post(path, data=form, headers={"X-CSRFToken": token})
        assert answer.status_code == 302, answer.text

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule."""
        found: list[dict[str, Any]] = self.get("/api/v1/rules")["results"]
        return found

    def newest_rule(self) -> int:
        """Return the number of the rule that was added last."""
        return max(int(rule["id"]) for rule in self.rules())

    def moments(self, since: int) -> list[int]:
        """Return the time in ms of every stored reading from ``since`` on, at most 1,000 s of them."""
        found: list[int] = self.get("/history", **{"from": since, "to": since + 1_000_000, "points": 5000})[
            "timestamps"
        ]
        return found
