"""The C library's allocator, told to keep what training frees.

Every step of training allocates its activations and frees them again. glibc maps blocks of that size afresh each time,
so a step pays a page fault for every 4 KiB it touches. With greater thresholds the memory stays with the process.
"""

from __future__ import annotations

import os
import sys

#: glibc's parameter numbers with the values that are set: every block comes from the heap, the heap shrinks only when 1 GiB
#: of it is free, and grows by 64 MiB. A threshold for mapped blocks would not do: glibc takes none above 32 MiB, and the
#: first activations of a small network pass that at a batch of 512.
SETTINGS = {"M_MMAP_MAX": (-4, 0), "M_TRIM_THRESHOLD": (-1, 1 << 30), "M_TOP_PAD": (-2, 64 << 20)}

#: Set to 0 to leave the allocator alone.
SWITCH = "CNNSPEC_MALLOPT"


def keep_freed_memory() -> str:
    """Tune glibc's allocator and say what was done, for the log.

    Only a process of one's own should call it (the command does): the setting holds for all of the process and cannot be
    taken back. It does nothing without glibc or with ``CNNSPEC_MALLOPT=0``.
    """
    if os.environ.get(SWITCH) == "0":
        return f"memory: the allocator is left alone ({SWITCH}=0)"
    if not sys.platform.startswith("linux"):
        return "memory: the allocator is left alone (not glibc)"
    import ctypes

    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version") or not hasattr(library, "mallopt"):
        return "memory: the allocator is left alone (not glibc)"
    taken = [name for name, (number, value) in SETTINGS.items() if library.mallopt(number, value) == 1]
    if not taken:
        return "memory: glibc did not take the settings"
    return f"memory: glibc keeps what is freed ({', '.join(taken)}; {SWITCH}=0 turns this off)"
