"""The HTTP API of rules, alerts and what belongs to them."""
