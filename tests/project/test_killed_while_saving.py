"""F1: a process killed while it saves leaves the old file or the new one, and no rubbish."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neuralbuilder.project import edits
from neuralbuilder.project.disk import replace
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import (
    ChangedOnDiskError,
    Document,
    load,
    previous_versions,
    save,
    stamp,
)

KILLS = 20
SAVES_FOR_EVER = """
import os, sys
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document, save
documents = [Document(edits.set_units(example(), "hidden_1", units)) for units in (5, 9)]
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        while True:
            for document in documents:
                save(sys.argv[1], document)
    print(child, flush=True)
    print(os.waitpid(child, 0), flush=True)
"""
"""For every line another process saves again and again, until it is killed."""


def strays(folder: Path) -> list[str]:
    """The temporary files in a folder."""
    return [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals, and processes that fork")
def test_f1_killed_at_random_moments(tmp_path: Path) -> None:
    path = tmp_path / "net.nbnet"
    save(path, Document(example()))
    generator = random.Random(1)
    left = 0
    with subprocess.Popen(
        [sys.executable, "-c", SAVES_FOR_EVER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, OPENBLAS_NUM_THREADS="1"),
    ) as parent:
        for _ in range(KILLS):
            parent.stdin.write("next\n")
            parent.stdin.flush()
            child = int(parent.stdout.readline())
            time.sleep(generator.uniform(0.001, 0.02))
            os.kill(child, signal.SIGKILL)
            parent.stdout.readline()
            assert load(path).project.node("hidden_1").layer.units in (3, 5, 9)
            left += len(strays(tmp_path))
        parent.stdin.close()
    assert left, "no process was killed in the middle of a save"
    save(path, Document(example()))
    assert strays(tmp_path) == []
    assert load(path).project == example()
    for version in previous_versions(path):
        load(version)


def test_f1_the_file_that_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    other, mine = tmp_path / "other.nbnet", tmp_path / "mine.nbnet"
    (tmp_path / ".nbnet-killed.tmp").write_bytes(b"half a fi")
    seen: list[list[str]] = []

    def in_the_middle() -> None:
        save(mine, Document(example()))
        seen.append(strays(tmp_path))

    replace(other, b"whole", before_renaming=in_the_middle)
    assert len(seen[0]) == 1
    assert seen[0] != [".nbnet-killed.tmp"]
    assert other.read_bytes() == b"whole"
    assert strays(tmp_path) == []


def test_f4_a_file_that_somebody_else_has_saved_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "net.nbnet"
    mine = save(path, Document(example()))
    assert mine == stamp(path)
    theirs = Document(edits.set_units(example(), "hidden_1", 7))
    save(path, theirs)
    content = path.read_bytes()
    with pytest.raises(ChangedOnDiskError, match=r"net\.nbnet has been changed"):
        save(path, Document(example()), known=mine)
    assert path.read_bytes() == content
    mine = save(path, Document(example()), known=stamp(path))
    path.unlink()
    assert save(path, Document(example()), known=mine) == stamp(path)
    assert stamp(tmp_path / "none") is None
