"""Make users who are signed in: ``python -m bench.seed_sessions COUNT FILE`` with DJANGO_SETTINGS_MODULE set.

Works on the settings of Presence and of the textbook peer alike: one user and one session a socket, the session exactly
as Django's own sign-in leaves it. Writes one ``Cookie`` header a line. The users can't sign in: they have no password.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path


def main(count: int, file: Path) -> None:
    """Bring the database up to date, create ``count`` users and sessions, and write the headers to ``file``."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0, interactive=False)
    users = [User(username=f"bench-{number}", password=f"!{number}") for number in range(count)]
    users = User.objects.bulk_create(users, batch_size=500)
    expires, store, sessions = timezone.now() + timedelta(days=1), SessionStore(), []
    for number, user in enumerate(users):
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        key = f"bench{number:027d}"
        sessions.append(Session(session_key=key, session_data=store.encode(data), expire_date=expires))
    Session.objects.bulk_create(sessions, batch_size=500)
    lines = [f"Cookie: {settings.SESSION_COOKIE_NAME}={session.session_key}\n" for session in sessions]
    file.write_text("".join(lines))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
