"""Measuring in a process of its own.

The linear algebra library reads its environment when NumPy is imported. So what decides about
threads is in the environment before the measuring process begins; the kernels that a user has
chosen stay.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from neuralbuilder.benchmark import Settings
from neuralbuilder.training.environment import BLAS_VARIABLES, importing_this, variables


def measure_apart(settings: Settings, report: Callable[[int, str], None]) -> dict[str, Any]:
    """The result of `benchmark.measure` from a new process; `report` as there."""
    command = [sys.executable, "-P", "-m", "neuralbuilder.benchmark", json.dumps(asdict(settings))]
    environment = measuring_environment(os.environ, settings.threads)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        for line in process.stdout or ():
            message: dict[str, Any] = json.loads(line)
            if "result" in message:
                result: dict[str, Any] = message["result"]
                return result
            report(message["done"], message["next"])
    # What went wrong is on the error stream.
    raise RuntimeError(f"The measuring process ended with code {process.returncode}.")


def measuring_environment(environment: Mapping[str, str], threads: int) -> dict[str, str]:
    """The environment of training, with exactly this number of threads for every library."""
    wanted = {**environment, **dict.fromkeys(BLAS_VARIABLES, str(threads))}
    return importing_this({**wanted, **variables(wanted), "PYTHONIOENCODING": "utf-8"})
