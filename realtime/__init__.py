"""Sockets, topics and delivery. Knows no domain: domains register their topics here and publish through here."""
