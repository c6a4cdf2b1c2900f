"""What a worker process may not do: reach a network, open a file, take more than its memory.

Linux only. What the system does not permit is left out and told, never assumed.
"""

import contextlib
import ctypes
import gc
import os
import resource
import signal

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_NOBODY = 65534
_PAGE = os.sysconf("SC_PAGE_SIZE")
STACK_BYTES = 256 * 1024 * 1024
# Of containers that are made and kept, at least; Python has 700.
OBJECTS_BETWEEN_COLLECTIONS = 20_000


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when `parent`, which made it, is gone."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def leave_network() -> bool:
    """Move this process, and those it will fork, to where no network is; tell if it worked."""
    for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET):
        if _LIBC.unshare(flags) == 0:
            return True
    return False


def raise_stack() -> None:
    """Give the main threads of programs started from now on room for deep queries."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    room = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (room, hard))


def collect_rarely() -> None:
    """Let the garbage collector leave alone what is there now, and look at the rest seldom.

    Answering makes hardly any cycles, and forked processes share what nobody touches.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def raise_descriptors() -> None:
    """Let this process hold as many connections as the system lets it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Meter:
    """Tells how much address space this process takes, without opening a file."""

    def __init__(self) -> None:
        """Open the one file that is read later."""
        self._file = os.open("/proc/self/statm", os.O_RDONLY)

    def bytes(self) -> int:
        """Return the size of the address space in bytes."""
        return int(os.pread(self._file, 64, 0).split()[0]) * _PAGE


def close_all_but(kept: set[int]) -> None:
    """Close every descriptor but `kept` and standard error."""
    keep = sorted({2, *kept})
    for number in range(keep[-1]):
        if number not in keep:
            with contextlib.suppress(OSError):
                os.close(number)
    os.closerange(keep[-1] + 1, 65_536)


def confine(parent: int, meter: Meter, memory_bytes: int, descriptors: int) -> None:
    """Take from this process, forked by `parent`, what a query does not need.

    It may use `memory_bytes` more than `meter` says now, and open no descriptor from number
    `descriptors` on (0: none at all).
    """
    for kind, most in (
        (resource.RLIMIT_AS, meter.bytes() + memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, descriptors),
    ):
        resource.setrlimit(kind, (most, most))
    become_nobody(parent)


def become_nobody(parent: int) -> None:
    """Take every right of a user from this process, started by `parent`, and die with it."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # A change of user clears this, so it comes last.
    die_with_parent(parent)
