"""The samples as the training process gets them, made anew only when they would differ."""

from __future__ import annotations

import contextlib
from threading import Thread

from PySide6.QtCore import QObject, Signal, Slot

from neuralbuilder.data.preprocessing import Prepared, Scaling, prepare
from neuralbuilder.data.samples import Samples
from neuralbuilder.engine.shapes import infer
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import Project

LARGE = 2**24
"""Bytes of samples from which on the window would notice that they are being prepared."""

_Key = tuple[Samples, tuple[object, ...]]


class Preparation(QObject):
    """Remembers the last result, so that an edit of the network does not split and scale again.

    Large data are prepared beside the window: `begin`, and `done` follows.
    """

    done = Signal()
    _worked = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._key: _Key | None = None
        self._result: Prepared | UserError | None = None
        self._thread: Thread | None = None
        self._worked.connect(self._take)

    @property
    def busy(self) -> bool:
        """Whether data are being prepared."""
        return self._thread is not None

    def begin(self, project: Project, samples: Samples) -> bool:
        """Whether `prepared` answers at once; if not, `done` says that it does, or that it is
        time to ask again.
        """
        key = _key(project, samples)
        if self._is_known(key) or samples.x.nbytes + samples.y.nbytes < LARGE:
            return True
        if self._thread is None:
            self._thread = Thread(target=self._work, args=(key,), name="preparing", daemon=True)
            self._thread.start()
        return False

    def prepared(self, project: Project, samples: Samples) -> Prepared:
        """Split, scaled and encoded for the network of `project`. Raises `UserError`."""
        key = _key(project, samples)
        if not self._is_known(key):
            self._key, self._result = key, _prepared(key)
        if isinstance(self._result, UserError):
            raise self._result
        assert self._result is not None
        return self._result

    def input_scaling(self, project: Project, samples: Samples) -> Scaling | None:
        """How the inputs are scaled, whatever the network looks like; None where that is not
        known, and the data too large to find it out at once.
        """
        key = _key(project, samples)
        if not self._scales_alike(key):
            if samples.x.nbytes >= LARGE or self.busy:
                return None
            self._key, self._result = key, _prepared(key)
        return self._result.scaling if isinstance(self._result, Prepared) else None

    def _scales_alike(self, key: _Key) -> bool:
        """Whether the last result has the same inputs, scaled in the same way."""
        known = self._key if isinstance(self._result, Prepared) else None
        if known is None or known[0] is not key[0]:
            return self._is_known(key)
        return [known[1][at] for at in _OF_INPUTS] == [key[1][at] for at in _OF_INPUTS]

    def _is_known(self, key: _Key) -> bool:
        return self._key is not None and self._key[0] is key[0] and self._key[1] == key[1]

    def _work(self, key: _Key) -> None:
        result = _prepared(key)
        with contextlib.suppress(RuntimeError):  # the window has been closed meanwhile
            self._worked.emit(key, result)

    @Slot(object, object)
    def _take(self, key: _Key, result: Prepared | UserError) -> None:
        self._key, self._result, self._thread = key, result, None
        self.done.emit()


_OF_INPUTS = (0, 1)
"""Where a key says what the scaling of inputs depends on: split and scaling."""


def _key(project: Project, samples: Samples) -> _Key:
    plan = project.plan
    return samples, (
        plan.split,
        plan.preprocessing,
        plan.scale_targets,
        _outputs(project),
        plan.precision,
    )


def _prepared(key: _Key) -> Prepared | UserError:
    samples, settings = key
    try:
        return prepare(samples, *settings)  # type: ignore[arg-type]
    except UserError as error:
        return error


def _outputs(project: Project) -> int | None:
    graph = project.graph()
    shapes = infer(graph).outputs
    sizes = [shapes[node] for node in graph.output_ids() if node in shapes]
    return sizes[0][0] if sizes else None
