"""The stress run: a stage (server, Redis, a writer of alerts, watchers), and the scenarios that are played on it."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.scenarios", f"{__name__}.stage")
