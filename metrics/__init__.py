"""Hosts, snapshots, changes and alerts; the detector; the history."""
