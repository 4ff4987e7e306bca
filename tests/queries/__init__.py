"""The query console."""
