"""The agent: watches a machine that has no access to the database, and pushes what it reads over HTTP.

It starts no Django: psutil, msgspec and the standard library, some 27 MB. Each reading is on disk before it is sent,
and stays there until the server has said that it is stored.
"""
