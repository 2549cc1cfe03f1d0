"""Losses and metrics of whole parts of the data, at steps that are far enough apart."""

from __future__ import annotations

from neuralbuilder.data.preprocessing import Prepared
from neuralbuilder.insights.base import spread
from neuralbuilder.training.effort import epochs_between, measurement, worth
from neuralbuilder.training.log import SAMPLES
from neuralbuilder.training.loop import Loop

SIZES = (125, 250, 500, 1000, 2000)
"""How many samples of each part are measured while training goes on. The largest number tells an
accuracy to a percent; of large parts fewer are taken while a run is so short that it would take
longer to measure than to train."""
MOST_SAMPLES = SIZES[-1]
POINTS = 40
"""So many points every curve of a run has at least, and as many as steps where those are fewer."""


def gap(steps: int, steps_per_epoch: int) -> int:
    """How many steps lie between two points of the curves, so many steps after a run has begun.

    At first a point per step, or `POINTS` in the first one of long epochs; then half as many each
    time that the run has become twice as long, and a quarter as many behind the first epoch: more
    of them would have to be of fewer samples, and a few samples say something else than the part.
    Gaps are powers of two, so that the
    points of a longer one are also points of a shorter one.
    """
    step = 2 if steps < max(4 * POINTS, steps_per_epoch) else 4
    grown = step << (steps // POINTS).bit_length() - 1 if steps >= POINTS else 1
    first = steps_per_epoch // POINTS
    return max(grown, 1 << first.bit_length() - 1 if first else 1)


class Evaluation:
    """Measures every part of the data that has samples.

    The names of the results are those of the series: "loss/validation", "accuracy/train" …, and
    "samples/train" for how many samples were measured. `begin` is the step at which the present
    run began.
    """

    def __init__(self, loop: Loop, data: Prepared) -> None:
        self.begin = loop.step
        self._measuring = loop.measuring
        rows = {"train": data.train, "validation": data.validation, "test": data.test}
        self._rows = {part: of_part for part, of_part in rows.items() if len(of_part)}
        self._some = {
            size: {part: spread(of_part, size) for part, of_part in self._rows.items()}
            for size in SIZES
        }
        self._exact_step = -1
        self._loop = loop
        self.plan_changed()

    def plan_changed(self) -> None:
        """Measure as often as the loop's present plan makes it worth while."""
        self._efforts = {size: measurement(self._loop, self._count(size)) for size in SIZES}
        self._every = epochs_between(self._loop, self._count(MOST_SAMPLES))
        self._judged_every = epochs_between(self._loop, len(self._rows.get("validation", ())))

    def _count(self, size: int) -> int:
        return sum(len(rows) for rows in self._some[size].values())

    def next_due(self, step: int) -> int:
        """The first step after this one at which the parts are measured."""
        return min(self._next(step, 0), self._next(step, self.begin))

    def _next(self, step: int, begin: int) -> int:
        far = self._gap(step - begin)
        return begin + ((step - begin) // far + 1) * far

    def _gap(self, steps: int) -> int:
        return gap(steps, self._loop.steps_per_epoch)

    def is_due(self, step: int, epoch_ended: bool) -> bool:
        """Whether the parts are measured after this step.

        That depends on the number of the step, on how far it is from the beginning of the run, and
        on the epoch: they are measured after the first one, and after every so many.
        """
        epoch = self._loop.epoch
        if epoch_ended and (epoch == 1 or epoch % self._every == 0):
            return True
        return any((step - begin) % self._gap(step - begin) == 0 for begin in (0, self.begin))

    def judges(self, epoch: int) -> bool:
        """Whether the whole validation part is measured at the end of this epoch, to know whether
        the weights are the best so far.
        """
        return epoch == 1 or epoch % self._judged_every == 0

    def validation_loss(self) -> float | None:
        """The loss of the whole validation part; None where there is none."""
        rows = self._rows.get("validation")
        return None if rows is None else self._measuring.measure("validation", rows).loss

    def measures_all_of(self, part: str) -> bool:
        """Whether a point of the curves at this step is of all samples of a part."""
        rows = self._rows.get(part, ())
        return len(self._some[self._size()].get(part, ())) == len(rows)

    def forget(self) -> None:
        """The weights of this step are others now."""
        self._exact_step = -1

    def is_exact(self, step: int) -> bool:
        """Whether all samples have been measured with the weights of this step."""
        return self._exact_step == step

    def measure(self, exactly: bool = False) -> dict[str, float]:
        """All results for the weights that the loop has now.

        `exactly` takes all samples; otherwise some that are spread over each part, as many as is
        worth while so far into the run.
        """
        results: dict[str, float] = {}
        chosen = self._rows if exactly else self._some[self._size()]
        for part, rows in chosen.items():
            is_whole = len(rows) == len(self._rows[part])
            found = self._measuring.measure(part if is_whole else f"some of {part}", rows)
            results[f"loss/{part}"] = found.loss
            results.update({f"{name}/{part}": value for name, value in found.metrics.items()})
            results[SAMPLES + part] = len(rows)
        if all(len(chosen[part]) == len(rows) for part, rows in self._rows.items()):
            self._exact_step = self._loop.step
        return results

    def _size(self) -> int:
        """How many samples of each part are measured at this point of the run."""
        allowed = worth(self._loop, self._gap(self._loop.step - self.begin))
        # Even of no samples a measurement takes some effort, so a few times that is not much more.
        allowed = max(allowed, 4 * measurement(self._loop, 0))
        fitting = [size for size in SIZES if self._efforts[size] <= allowed]
        return max(fitting, default=SIZES[0])
