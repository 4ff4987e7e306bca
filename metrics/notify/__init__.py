"""Notifications: an outbox beside the transitions, and a sender that empties it through apprise."""
