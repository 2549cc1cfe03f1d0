"""Saving a training that takes long: every so often while it runs, and somewhere at its end."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from neuralbuilder.cli.output import tell_notes
from neuralbuilder.problems import UserError
from neuralbuilder.project.disk import Stamp
from neuralbuilder.project.files import Document, check_place, previous_versions, save, write

if TYPE_CHECKING:
    from neuralbuilder.training.trainer import Trainer

USUAL_SECONDS = 60
LEAST_SHARE = 20
"""A checkpoint that takes a second is followed by at least so many seconds of training."""


class Saving:
    """Saves a training to its place, and never over what somebody else has written meanwhile.

    `document` is what is trained, with its samples; `known` is the stamp of what was at the place
    before. That version of the file is kept beside it, those of checkpoints are not.
    """

    def __init__(
        self,
        place: Path,
        document: Document,
        known: Stamp | None,
        every: float = USUAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place, self._document, self._every, self._clock = place, document, every, clock
        self._known = known
        self._due = clock() + every
        self._written = False
        self._trouble = ""

    def look(self, trainer: Trainer) -> None:
        """Save a checkpoint when it is time for one; what goes wrong is a note, and the last good
        file stays.
        """
        start = self._clock()
        if not self._every or start < self._due:
            return
        try:
            self._save(replace(self._document, state=trainer.state()))
            self._trouble = ""
        except UserError as error:
            self._tell(error)
        now = self._clock()
        self._due = now + max(self._every, LEAST_SHARE * (now - start))

    def _tell(self, error: UserError) -> None:
        """Say what keeps checkpoints from being written, once."""
        if error.message != self._trouble:
            self._trouble = error.message
            tell_notes([f"No checkpoint: {error.message} Training goes on."])

    def _save(self, document: Document) -> None:
        self._known = save(self._place, document, self._known, versions=not self._written)
        self._written = True

    def finish(self, document: Document) -> None:
        """Save what has been learnt.

        Where its place does not take it, it is saved elsewhere; raises `UserError` that says where.
        """
        try:
            self._save(document)
        except UserError as error:
            place = _saved_elsewhere(self._place, document)
            where = f"What was learnt is in {place}." if place else error.hint
            raise UserError(error.message, where) from error

    def put_back(self) -> None:
        """Write what was at the place before over the checkpoints."""
        if self._written:
            place = self._place.resolve()
            write(place, previous_versions(place)[0].read_bytes())


def _saved_elsewhere(place: Path, document: Document) -> Path | None:
    """Where the document could be saved under another name; None where nothing takes it."""
    for path in _other_places(place):
        try:
            check_place(path)
            save(path, document, versions=False)
        except UserError:
            continue
        return path
    return None


def _other_places(place: Path) -> Iterator[Path]:
    """A name that is free in each folder: of the file, where we are, and for temporary files."""
    for folder in (place.parent, Path.cwd(), Path(tempfile.gettempdir())):
        names = (f"{place.stem} trained{number}{place.suffix}" for number in ("", *range(2, 1000)))
        free = next((name for name in names if not (folder / name).exists()), None)
        if free is not None:
            yield folder / free
