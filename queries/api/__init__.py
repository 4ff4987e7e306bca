"""The console's part of the HTTP API, under ``/api/v1/queries/``."""
