"""What the numbers were measured on. No paths and no names of people or computers."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

_VARIABLE = re.compile(r"(OPENBLAS|OMP|MKL|VECLIB)_\w+")


def load() -> float | None:
    """How many processes have wanted to run in the last minute; None where nobody counts them."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def machine(threads: int, libraries: Sequence[str], load_before: float | None) -> dict[str, Any]:
    """Processor, versions, and how many threads are in force, as the libraries themselves say.

    `load_before` is what `load` said before anything was measured.
    """
    blas = [_library(entry) for entry in _thread_pools() if entry.get("user_api") == "blas"]
    found = {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas,
        "threads": threads,
        "load_before": load_before,
        "variables": {k: v for k, v in sorted(os.environ.items()) if _VARIABLE.fullmatch(k)},
    }
    if "torch" in libraries:
        import torch

        found["torch"], found["torch_threads"] = torch.__version__, torch.get_num_threads()
    if "sklearn" in libraries:
        import sklearn

        found["sklearn"] = sklearn.__version__
    return found


def is_quiet(facts: dict[str, Any]) -> bool:
    """Whether there were cores enough for the threads besides what ran before.

    Where they are not, threads wait for each other and libraries with several lose most: such
    ratios say little.
    """
    return bool((facts["load_before"] or 0.0) + facts["threads"] <= facts["cores"] + 0.25)


def in_words(facts: dict[str, Any]) -> str:
    """The machine in one line; a library with other threads than it was given is told of."""
    parts = [
        facts["processor"],
        f"{facts['cores']} cores",
        _threads_in_words(facts["threads"]),
        f"Python {facts['python']}",
        f"NumPy {facts['numpy']}{_blas_in_words(facts)}",
    ]
    if "torch" in facts:
        parts.append(f"PyTorch {facts['torch']}{_but(facts['torch_threads'], facts['threads'])}")
    if "sklearn" in facts:
        parts.append(f"scikit-learn {facts['sklearn']}")
    if facts["load_before"] is not None:
        note = "" if is_quiet(facts) else " (not a quiet run)"
        parts.append(f"load before {facts['load_before']:.1f}{note}")
    return ", ".join(parts)


def _threads_in_words(count: int) -> str:
    return f"{count} thread" + ("" if count == 1 else "s")


def _but(threads: int, given: int) -> str:
    return "" if threads == given else f" (but {_threads_in_words(threads)})"


def _blas_in_words(facts: dict[str, Any]) -> str:
    if not facts["blas"]:
        return ""
    first = facts["blas"][0]
    words = " ".join(str(first[key]) for key in ("name", "version", "kernels") if first[key])
    return f" with {words}{_but(first['threads'], facts['threads'])}"


def _thread_pools() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info

    found: list[dict[str, Any]] = threadpool_info()
    # SciPy has a copy of its own; NumPy's comes first.
    return sorted(found, key=lambda entry: "numpy" not in Path(entry["filepath"]).parent.name)


def _library(entry: dict[str, Any]) -> dict[str, Any]:
    names = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}
    name = str(entry.get("internal_api", ""))
    return {
        "name": names.get(name, name),
        "version": entry.get("version"),
        "kernels": entry.get("architecture"),
        "threads": entry.get("num_threads"),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()
