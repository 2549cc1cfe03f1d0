"""How much memory the machine can still give, asked before anything large is allocated."""

from __future__ import annotations

import ctypes
import os
import sys

USABLE_SHARE = 0.6
"""The share of the free memory that a network may take."""

SURELY_SMALL = 256 * 1024**2
"""So many bytes are had without asking."""


def free_memory() -> int | None:
    """Free bytes, or None where the system does not say."""
    if sys.platform == "win32":
        return _windows()
    return _linux() or _posix()


def _linux() -> int | None:
    # MemAvailable counts what file caches would give back; the pages that are merely free do not.
    try:
        with open("/proc/meminfo", encoding="ascii") as facts:
            for line in facts:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _posix() -> int | None:
    names = os.sysconf_names if hasattr(os, "sysconf_names") else {}
    pages = "SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in names else "SC_PHYS_PAGES"
    try:
        return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows interface."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        ("total", ctypes.c_ulonglong),
        ("available", ctypes.c_ulonglong),
        ("unused", ctypes.c_ulonglong * 5),
    )


def _windows() -> int | None:
    status = _MemoryStatus()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - exists on Windows only
    return int(status.available) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
