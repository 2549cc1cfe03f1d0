"""The environment of the training process: threads, and how its linear algebra library starts.

OpenBLAS reads these variables once, when NumPy is imported, so they have to be in place before the
process begins. A value that the user has set is never replaced, and other libraries, such as
Accelerate on macOS, are left alone.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

BLAS_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
THREADS = "NEURALBUILDER_THREADS"
"""How many threads share out a large mini-batch among them, see `engine.splitting`."""
MOST_THREADS = 4
_IMPORTED_FROM = Path(__file__).parents[2]


@dataclass(frozen=True)
class Machine:
    """What decides about the environment: cores, and what NumPy was built with and found."""

    cores: int
    has_openblas: bool
    has_avx512: bool


@cache
def this_machine() -> Machine:
    """The machine that this process runs on."""
    facts = np.show_config(mode="dicts")
    blas = facts.get("Build Dependencies", {}).get("blas", {})
    found = facts.get("SIMD Extensions", {}).get("found", [])
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    return Machine(
        cores=os.cpu_count() or 1,
        has_openblas="openblas" in str(blas.get("name", "")).lower(),
        has_avx512=is_x86 and bool({"AVX512_SKX", "X86_V4"} & set(found)),
    )


def variables(environment: Mapping[str, str], machine: Machine | None = None) -> dict[str, str]:
    """What to add to `environment` for a process that trains.

    One core is left to the window; the others each compute a part of a large mini-batch, with one
    thread of OpenBLAS each. Where the processor has AVX-512, OpenBLAS is told so: inside NumPy it
    picks slower kernels by itself on some of them.
    """
    machine = machine or this_machine()
    if not machine.has_openblas:
        return {}
    wanted = {}
    if not any(name in environment for name in BLAS_VARIABLES):
        wanted = dict.fromkeys(BLAS_VARIABLES, "1")
        if THREADS not in environment:
            wanted[THREADS] = str(max(1, min(MOST_THREADS, machine.cores - 1)))
    if "OPENBLAS_CORETYPE" not in environment and machine.has_avx512:
        wanted["OPENBLAS_CORETYPE"] = "SkylakeX"
    return wanted


def threads(environment: Mapping[str, str] | None = None) -> int:
    """How many threads a mini-batch may be shared out to in this process; 1 where nothing is said.

    Without `variables` the linear algebra library has threads of its own, which would get in the
    way of more.
    """
    given = (os.environ if environment is None else environment).get(THREADS, "")
    is_number = given.isascii() and given.isdecimal() and len(given) < 4
    return min(max(int(given), 1), 64) if is_number else 1


def single_threaded(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that trains beside others of its kind: one thread for all."""
    threads = dict.fromkeys((*BLAS_VARIABLES, THREADS), "1")
    return importing_this({**environment, **variables(environment), **threads})


def importing_this(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which a new process finds the package that this one runs."""
    path = [str(_IMPORTED_FROM), environment.get("PYTHONPATH", "")]
    return {**environment, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def one_thread() -> AbstractContextManager[object]:
    """Within this block the linear algebra library of this very process uses one thread.

    The matrices of a mini-batch are too small for more: threads that wait for each other take many
    times as long on a busy machine. Where the user has set a number of threads, it counts.
    """
    if any(name in os.environ for name in BLAS_VARIABLES):
        return nullcontext()
    limit: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limit


@cache
def _libraries() -> Any:
    """Finding the libraries that are loaded takes milliseconds, so that is done once."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


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
