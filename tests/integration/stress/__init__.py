"""The stress run: a stage (server, Redis, a writer of alerts, watchers), and the scenarios that are played on it."""
