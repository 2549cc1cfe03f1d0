"""Starting over in the environment that training processes have.

The linear algebra library reads its environment once, when NumPy is imported. The window's training
process is started with the right one; a command that trains by itself gets it by starting over. So
it is as fast, and rounds to the very same numbers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from neuralbuilder.training.environment import importing_this, variables


def restart_for_training(arguments: Sequence[str]) -> None:
    """Start the same command over, unless this process already has the right environment."""
    environment = training_environment(os.environ)
    if environment is None:
        return
    # -P keeps the folder the user stands in from hiding this installation.
    command = [sys.executable, "-P", "-m", "neuralbuilder", *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment)
    raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)


def training_environment(environment: Mapping[str, str]) -> dict[str, str] | None:
    """The environment to start over with, or None where nothing is missing from this one."""
    missing = variables(environment)
    if not missing:
        return None
    return importing_this({**environment, **missing})
