"""Runs one statement of a stranger in a process of its own. Knows neither Django nor the settings.

``zygote.py`` forks a worker per statement, ``worker.py`` runs it on one of the engines (``sqlite.py``, ``postgres.py``)
within the limits of the kernel (``kernel.py``), and ``pool.py`` is the web process's side of it. What they say to each
other is in ``frames.py`` and ``job.py``.
"""
