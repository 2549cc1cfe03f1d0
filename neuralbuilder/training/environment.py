"""The environment of the training process: how its linear algebra library starts.

BLAS libraries read these variables once, when NumPy is imported, so they have to be in place
before the process begins. A value that the user has set is never replaced.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
MOST_THREADS = 4


def variables(environment: Mapping[str, str], cores: int | None = None) -> dict[str, str]:
    """What to add to `environment` for a process that trains.

    One core is left to the window. OpenBLAS uses further threads for large products only, so a
    small network stays on one. Where the processor has AVX-512, OpenBLAS is told so: inside NumPy
    it picks slower kernels by itself on some of them.
    """
    wanted = {}
    if not any(name in environment for name in THREAD_VARIABLES):
        threads = max(1, min(MOST_THREADS, (cores or os.cpu_count() or 1) - 1))
        wanted = dict.fromkeys(THREAD_VARIABLES, str(threads))
    if "OPENBLAS_CORETYPE" not in environment and has_avx512():
        wanted["OPENBLAS_CORETYPE"] = "SkylakeX"
    return wanted


def has_avx512() -> bool:
    """Whether this is an x86 processor on which NumPy found AVX-512."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return bool({"AVX512_SKX", "X86_V4"} & set(found))


@contextmanager
def for_new_process() -> Iterator[None]:
    """Within this block a process that is started inherits `variables`.

    The variables have to be inherited rather than set by the process itself, because `spawn`
    imports the program's main file first and that may import NumPy.
    """
    added = variables(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
