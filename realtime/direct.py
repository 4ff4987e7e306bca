"""Whole frames straight to a socket's descriptor: one system call, and nothing else touched.

A broadcast writes the same bytes to ten thousand sockets. uvloop's ``transport.write`` is quick, but on its way it
reads some nine cache lines that belong to this socket alone, and with ten thousand sockets each is a miss. ``send``
needs the number of the descriptor alone: 16 % off a broadcast (``docs/fan-out.md``). ``ctypes.PyDLL`` keeps the
interpreter's lock meanwhile, which ``socket.send`` gives away to whichever thread waits for it, 10,000 times a
broadcast.

It is safe where ``Outlet.direct`` is one:

- **The descriptor is the socket's own.** A transport closes it after ``connection_lost``, on the event loop's thread;
  by then ``Outlet.direct`` is -1. Nothing else runs between the look and the call.
- **The order holds.** The transport's high-water mark is 0: as soon as one byte waits in it, it says ``pause_writing``,
  and ``Outlet.direct`` is -1 until the last one has left.
- **What does not fit, and any error, is the transport's.** It gets the rest, tries again, and buffers or reports.
- **No TLS**: there the descriptor takes what the transport makes of the frames, not the frames.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
from typing import Any

NOWHERE = -1
"""No descriptor: frames go through the transport."""
_FLAGS = getattr(socket, "MSG_DONTWAIT", 0) | getattr(socket, "MSG_NOSIGNAL", 0)

send: Any = ctypes.PyDLL(None).send if os.name == "posix" else None
"""``send(descriptor, *arguments(frames))``: the bytes that the kernel took; -1 on any error, a full buffer too."""
if send is not None:
    send.restype = ctypes.c_ssize_t


def arguments(frames: bytes) -> tuple[ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]:
    """Return the arguments of ``send`` behind the descriptor, converted once; ``frames`` must outlive them."""
    return ctypes.c_char_p(frames), ctypes.c_size_t(len(frames)), ctypes.c_int(_FLAGS)


def descriptor_of(transport: asyncio.Transport) -> int:
    """Return where whole frames may go, and have the transport pause at the first byte that waits; or ``NOWHERE``."""
    if send is None or transport.get_extra_info("sslcontext") is not None:
        return NOWHERE
    found = transport.get_extra_info("socket")
    if found is None:
        return NOWHERE
    transport.set_write_buffer_limits(high=0)
    return int(found.fileno())
