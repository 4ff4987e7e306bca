"""Request statistics: how many, how fast, how many failed; over all processes, for as long as one likes.

Each process counts into ten-second buckets (``recorder.py``) and stores them as rows of its own (``store.py``). Rows
are merged over processes into minutes and hours. Percentiles come from mergeable sketches (``sketch.py``) and are never
averaged; any process reads the same figures from the rows (``periods.py``, ``series.py``).
"""
