"""The process that trains one fold: ``python -m neuralbuilder.training.fold_process``.

It reads one `FoldTask` from its standard input and writes to its standard output how far it is, as
numbers from 0 to 1, and at last a `FoldResult`, or a `UserError`, all of them pickled. A process
of its own can be ended at any moment, and needs no main file that is fit to be imported.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import Any

from neuralbuilder.problems import UserError
from neuralbuilder.training.fold import train_fold


def main() -> int:
    """Train what is asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever has started it is told, and ends it
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else is printed is no answer

    def tell(answer: Any) -> bool:
        pickle.dump(answer, answers)
        answers.flush()
        return True

    try:
        task = pickle.load(sys.stdin.buffer)
        try:
            tell(train_fold(task, tell))
        except UserError as error:
            tell(error)
    except (BrokenPipeError, EOFError):
        return 1  # nobody waits for an answer any more
    return 0


if __name__ == "__main__":
    sys.exit(main())
