"""What this process holds on to: memory, sockets, threads."""

from __future__ import annotations

import gc
import threading
from pathlib import Path


def memory() -> float:
    """MiB of this process that are in memory."""
    gc.collect()
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def open_files() -> set[str]:
    """What its file descriptors lead to."""
    found: set[str] = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(descriptor.readlink()))
        except OSError:
            continue  # that of the folder itself
    return found


def sockets_to(port: int) -> int:
    """How many sockets of this process are connected to a port of this machine, whatever the other end has done."""
    inodes = set[str]()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[2].rpartition(":")[2], 16) == port:
            inodes.add(f"socket:[{fields[9]}]")
    return len(open_files() & inodes)


def threads() -> set[str]:
    """The threads that run, by name."""
    return {thread.name for thread in threading.enumerate()}
