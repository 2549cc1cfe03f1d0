"""Cross-validation: one network trained several times, each time tested on other samples."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import Any

import numpy as np

from neuralbuilder.data.folds import Fold, fold_notes, folds_of
from neuralbuilder.data.samples import Progress, Samples
from neuralbuilder.problems import UserError
from neuralbuilder.project.edits import change_plan
from neuralbuilder.project.free_memory import SURELY_SMALL, USABLE_SHARE, free_memory
from neuralbuilder.project.model import Project
from neuralbuilder.training.environment import single_threaded
from neuralbuilder.training.fold import FoldResult, FoldTask

PROCESS = "neuralbuilder.training.fold_process"
_FIRST = (
    "loss", "accuracy", "binary accuracy", "exact match", "balanced accuracy", "F1", "macro F1",
    "ROC AUC", "macro ROC AUC", "R2", "root mean squared error", "mean absolute error",
)  # fmt: skip
_LOOK_EVERY = 0.1
"""Seconds between two looks at how far the folds are."""


class CrossValidationCancelled(UserError):
    """Whoever has asked for it does not want it any more."""


@dataclass(frozen=True)
class CrossValidation:
    """What all folds came to; `notes` are sentences on what is to be known about them."""

    folds: tuple[FoldResult, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def mean(self) -> dict[str, float]:
        """The mean of each measure over the folds that were trained to their end."""
        return {name: float(np.mean(values)) for name, values in self._values.items()}

    @cached_property
    def deviation(self) -> dict[str, float]:
        """The standard deviation of each measure over these folds, with the divisor n − 1; none
        for a single fold.
        """
        return {
            name: float(np.std(values, ddof=1))
            for name, values in self._values.items()
            if len(values) > 1
        }

    @property
    def shown(self) -> tuple[str, ...]:
        """The measures that people read first."""
        return tuple(name for name in _FIRST if name in self.mean)

    @cached_property
    def _values(self) -> dict[str, list[float]]:
        """The values of each measure; a fold of too few samples may lack one."""
        names = dict.fromkeys(name for fold in self.folds for name in fold.measures)
        return {
            name: [fold.measures[name] for fold in self.folds if name in fold.measures]
            for name in names
        }

    def facts(self) -> dict[str, Any]:
        """The result as JSON types."""
        return {
            "folds": [fold.facts() for fold in self.folds],
            "mean": self.mean,
            "deviation": self.deviation,
            "notices": list(self.notes),
        }


def cross_validate(
    project: Project,
    samples: Samples,
    folds: int,
    epochs: int,
    at_once: int | None = None,
    progress: Progress | None = None,
) -> CrossValidation:
    """Train the network of `project` so many times from its initial weights, see `folds_of`.

    Folds are trained at the same time in processes of their own, `at_once` of them, or as many as
    there are cores and memory; the result is the same. `progress` hears the share that is done and
    returns False to end it. Raises `CrossValidationCancelled` then, and `UserError` where network
    and samples do not fit.
    """
    if epochs < 1:
        raise UserError(f"{epochs} epochs train nothing.", "Train for at least one.")
    project = change_plan(project, epochs=epochs)
    divided = enumerate(folds_of(samples, project.plan.split, folds), start=1)
    runs = [
        _Run(number, partial(_task, project, samples, fold, number)) for number, fold in divided
    ]
    results = _all(runs, at_once or _at_once(samples), progress or (lambda share: True))
    return CrossValidation(results, (*fold_notes(samples, folds), *_astray(results)))


def _task(project: Project, samples: Samples, fold: Fold, number: int) -> FoldTask:
    return FoldTask(number, project.graph(), project.plan, fold.of(samples), project.names)


def _astray(results: Sequence[FoldResult]) -> tuple[str, ...]:
    """Which folds count for nothing."""
    lost = [result for result in results if result.problem]
    notes = tuple(f"Fold {result.number}: {result.problem}" for result in lost)
    if lost and len(lost) < len(results):
        notes += (f"Mean and deviation are those of the other {len(results) - len(lost)} folds.",)
    return notes


def _at_once(samples: Samples) -> int:
    """How many folds are trained at the same time: one a core, fewer where memory is short."""
    cores = os.cpu_count() or 1
    needed = samples.x.size * (samples.x.itemsize + 8)
    memory = None if cores * needed < SURELY_SMALL else free_memory()
    return cores if memory is None else max(1, min(cores, int(USABLE_SHARE * memory / needed)))


def _all(runs: Sequence[_Run], at_once: int, progress: Progress) -> tuple[FoldResult, ...]:
    """The results of all runs; none goes on when this is left, however that happens."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="fold") as pool:
        try:  # an interrupt may come while they are handed out, and the pool waits for all of them
            waiting = {pool.submit(run.result) for run in runs}
            while waiting:
                done, waiting = wait(waiting, _LOOK_EVERY, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                if not progress(sum(run.share for run in runs) / len(runs)):
                    raise CrossValidationCancelled("The cross-validation was stopped.")
            return tuple(run.result() for run in runs)
        finally:
            for run in runs:
                run.stop()


class _Run:
    """The training of one fold in a process of its own."""

    def __init__(self, number: int, task: Callable[[], FoldTask]) -> None:
        self._number, self._task = number, task
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._result: FoldResult | None = None
        self.share = 0.0

    def result(self) -> FoldResult:
        """The result; trains where there is none yet. Raises `UserError` as `train_fold` does."""
        if self._result is None:
            try:
                with self._started() as process:
                    self._result = self._conversation(process)
            except (BrokenPipeError, EOFError, pickle.UnpicklingError):
                raise self._ended_early() from None
        return self._result

    def stop(self) -> None:
        """End the process, or keep it from being started."""
        with self._lock:
            self._stopped = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()

    def _started(self) -> subprocess.Popen[bytes]:
        # -P keeps the folder the user stands in from hiding this installation. The keys of the
        # terminal reach only this process, which ends the others.
        command = [sys.executable, "-P", "-m", PROCESS]
        with self._lock:
            if self._stopped:
                raise CrossValidationCancelled("The cross-validation was stopped.")
            self._process = subprocess.Popen(
                command,
                env=single_threaded(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            return self._process

    def _conversation(self, process: subprocess.Popen[bytes]) -> FoldResult:
        assert process.stdin is not None
        assert process.stdout is not None
        pickle.dump(self._task(), process.stdin, pickle.HIGHEST_PROTOCOL)
        process.stdin.close()
        while True:
            answer = pickle.load(process.stdout)
            if isinstance(answer, UserError):
                raise answer
            if isinstance(answer, FoldResult):
                self.share = 1.0
                return answer
            self.share = answer

    def _ended_early(self) -> UserError:
        assert self._process is not None
        code = self._process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return UserError(
            f"The process of fold {self._number} ended before its training did ({how}).",
            "Where the memory ran out, train fewer folds at the same time.",
        )
