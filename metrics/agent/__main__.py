"""``python -m metrics.agent`` is ``manage.py agent``."""

import sys

from metrics.agent.main import main

sys.exit(main(sys.argv[1:]))
