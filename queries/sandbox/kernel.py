"""The operating system's walls around one worker.

Limits of memory, disk and CPU work everywhere. Landlock (no file but the temporary ones can be opened) and seccomp (no
socket, no process) are Linux only and best effort: a machine without them is told, and the allow-list still stands.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys

from queries.sandbox.job import Limits

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_SECCOMP_FILTER = 2

_NAMES = (
    "socket socketpair connect bind listen accept accept4 fork vfork clone clone3 execve execveat kill tkill ptrace "
    "pidfd_open pidfd_send_signal process_vm_readv process_vm_writev open_by_handle_at mount unshare setns bpf "
    "io_uring_setup keyctl perf_event_open"
).split()
_NUMBERS = {
    "x86_64": (
        0xC000003E,
        "41 53 42 49 50 43 288 57 58 56 435 59 322 62 200 101 434 424 310 311 304 165 272 308 321 425 250 298",
    ),
    "aarch64": (
        0xC00000B7,
        "198 199 203 200 201 202 242 - - 220 435 221 281 129 130 117 434 424 270 271 265 40 97 268 280 425 219 241",
    ),
}
"""Audit architecture, and the number of each system call in ``_NAMES``."""


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


LIBC = _libc()


def die_with_parent() -> None:
    """Be killed when the zygote ends."""
    if LIBC is not None:
        LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def limit(limits: Limits) -> None:
    """Set the limits that the kernel keeps: address space, size of a file, CPU time, descriptors, no core dump."""
    for what, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.disk_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NOFILE, 24),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # Past the soft limit of CPU time comes SIGXCPU, which says why; past the hard one SIGKILL.
        more = 1 if what == resource.RLIMIT_CPU and soft == value else 0
        resource.setrlimit(what, (soft, soft + more))


def wall_in(temporary: str) -> list[str]:
    """Close the process off: files but those in ``temporary``, sockets, processes. Return what can't be had here."""
    if LIBC is None:
        return ["landlock", "seccomp"]
    LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    missing = [] if _landlock(LIBC, temporary) else ["landlock"]
    return missing if _seccomp(LIBC) else [*missing, "seccomp"]


def _landlock(libc: ctypes.CDLL, temporary: str) -> bool:
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    every = (1 << bits) - 1
    attributes = ctypes.create_string_buffer(struct.pack("=Q", every))
    ruleset = libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    write, read, list_, remove, make = 1 << 1, 1 << 2, 1 << 3, 1 << 5, 1 << 8
    allowed = (write | read | list_ | remove | make | (1 << 14)) & every
    folder = os.open(temporary, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, folder))
        good = libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0) == 0
        return good and bool(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(folder)
        os.close(ruleset)


def _filter() -> bytes | None:
    """Build the seccomp program: another architecture or one of the calls fails with EPERM, all else goes on."""
    known = _NUMBERS.get(platform.machine())
    if known is None:
        return None
    architecture, listed = known
    numbers = [int(number) for number in listed.split() if number != "-"]
    load, equal, greater, give = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | 1
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, refuse), (load, 0, 0, 0)]
    program.append((greater, len(numbers) + 1, 0, 0x40000000))  # x32 calls have numbers of their own
    for index, number in enumerate(numbers):
        program.append((equal, len(numbers) - index, 0, number))
    program += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    return b"".join(struct.pack("=HBBI", *step) for step in program)


_FILTER = _filter()


def _seccomp(libc: ctypes.CDLL) -> bool:
    if _FILTER is None:
        return False
    code = ctypes.create_string_buffer(_FILTER, len(_FILTER))
    program = struct.pack("@HP", len(_FILTER) // 8, ctypes.addressof(code))
    buffer = ctypes.create_string_buffer(program, len(program))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, buffer, 0, 0) == 0)
