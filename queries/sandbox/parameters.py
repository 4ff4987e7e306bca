"""``:name`` parameters for PostgreSQL's driver, which writes them ``%(name)s``."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<skip>
        --[^\n]*                                        # a comment to the end of the line
      | /\*.*?(?:\*/|\Z)                                # a comment
      | [eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)                 # a string with backslashes
      | '(?:[^']|'')*(?:'|\Z)                           # a string
      | "(?:[^"]|"")*(?:"|\Z)                           # a name
      | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)          # a string between dollars
      | ::                                              # a cast
      | \w+
    )
  | :(?P<name>[A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


def names_in(query: str) -> list[str]:
    """Return the parameters of a query, each once, in the order in which they come."""
    found = (match["name"] for match in _TOKEN.finditer(query) if match["name"])
    return list(dict.fromkeys(found))


def to_pyformat(query: str) -> str:
    """Return the query with ``%(name)s`` for each ``:name`` outside of strings and comments, other ``%`` doubled."""
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(query):
        parts.append(query[end : match.start()].replace("%", "%%"))
        name = match["name"]
        parts.append(f"%({name})s" if name else match[0].replace("%", "%%"))
        end = match.end()
    parts.append(query[end:].replace("%", "%%"))
    return "".join(parts)
