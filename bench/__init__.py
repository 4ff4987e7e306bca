"""The benchmarks behind ``make bench``: Presence and its peers, side by side on one machine."""
