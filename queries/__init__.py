"""The query console: SQL over the history and other sources, run in sandboxed processes, streamed as it comes."""
