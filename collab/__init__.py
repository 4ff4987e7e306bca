"""Shared sessions: one query edited by several people, their cursors, runs, chat and timeline."""
