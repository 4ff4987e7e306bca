#!/usr/bin/env python
"""Presence's command line: ``manage.py serve``, ``run_detector`` and everything Django brings."""

import os
import sys


def main() -> int:
    """Run one management command; a wrong setting gets one sentence instead of a traceback."""
    if sys.argv[1:2] == ["agent"]:  # runs on machines that have no database, in a quarter of the memory
        from metrics.agent.main import main as agent

        return agent(sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presence_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        print(f"presence: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
