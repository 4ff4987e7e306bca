"""A process with everything loaded and nothing open, which forks a worker when it is asked for one.

It is started with an empty environment and no descriptor but its control socket, so that a worker inherits no secret,
no database and no listener. Single-threaded: a fork copies a process that is between two steps.

On the control socket (SOCK_SEQPACKET) a request is one byte and the worker's end of a socket pair; the answer is
``{"pid"}`` with a pidfd. ``{"exited", "status"}`` comes when a worker has ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress

from queries.sandbox import kernel, worker


def main(descriptor: int, temporary: str, engine: str) -> None:
    """Serve until the other end of the control socket is gone."""
    control = socket.socket(fileno=descriptor)
    if engine == "postgresql":
        importlib.import_module("queries.sandbox.postgres")
    worker.warm_up()
    gc.collect()
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C is for the web process; when that ends, so do we
    with suppress(OSError):
        control.send(b"{}")  # ready
        _serve(control, woken, wake, temporary)


def _serve(control: socket.socket, woken: int, wake: int, temporary: str) -> None:
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if woken in ready:
            with suppress(BlockingIOError):
                os.read(woken, 4096)
            _reap(control)
        if control.fileno() in ready:
            request, descriptors, _, _ = socket.recv_fds(control, 16, 1)
            if not request:
                return
            _fork(control, descriptors[0], (woken, wake), temporary)


def _fork(control: socket.socket, descriptor: int, pipe: tuple[int, int], temporary: str) -> None:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            kernel.die_with_parent()
            control.close()
            for end in pipe:
                os.close(end)
            worker.main(socket.socket(fileno=descriptor), temporary)
            code = 0
        finally:
            os._exit(code)
    os.close(descriptor)
    # Before the child can be reaped, so that it is this child for ever; None where the kernel has no such thing.
    pidfd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    answer = json.dumps({"pid": pid}).encode()
    if pidfd is None:
        control.send(answer)
        return
    socket.send_fds(control, [answer], [pidfd])
    os.close(pidfd)


def _reap(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        control.send(json.dumps({"exited": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
