"""Long trainings: ended by a signal, killed, saved while they run, and on a disk that is full."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from neuralbuilder.cli.app import main
from neuralbuilder.cli.output import ProgressLines
from neuralbuilder.cli.saving import Saving
from neuralbuilder.cli.work import prepared, samples_of
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.disk import stamp
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document, load, previous_versions, save, to_bytes
from neuralbuilder.project.room import expected_bytes, refuse_full_disk
from neuralbuilder.training.messages import Load
from neuralbuilder.training.trainer import Trainer

EPOCHS = 10**6


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ------------------------------------------------------------------ as a process


@pytest.fixture
def training(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A real training of the example that has saved its first checkpoint."""
    save("a.nbnet", Document(example()))
    words = ["train", "a.nbnet", "--epochs", str(EPOCHS), "--checkpoint-every", "0.2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "neuralbuilder", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        end = time.monotonic() + 60
        while not previous_versions("a.nbnet") and process.poll() is None:
            assert time.monotonic() < end, "no checkpoint has been saved"
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_says_where_and_gives_its_exit_code(
    training: subprocess.Popen[str], number: signal.Signals, code: int
) -> None:
    training.send_signal(number)
    out, err = training.communicate(timeout=60)
    state = load("a.nbnet").state
    assert state is not None
    assert training.returncode == code
    assert err.splitlines()[-1] == f"Interrupted at epoch {state.epoch:,} of 1,000,000"
    assert out.splitlines()[-1] == "Saved as a.nbnet"
    (before,) = previous_versions("a.nbnet")
    assert load(before).state is None, "the version before this training is kept"


def test_a_killed_training_goes_on_from_its_last_checkpoint(
    training: subprocess.Popen[str],
) -> None:
    training.kill()
    training.wait()
    state = load("a.nbnet").state
    assert state is not None
    assert state.step > 0
    assert main(["train", "a.nbnet", "--epochs", "1"]) == 0
    after = load("a.nbnet").state
    assert after is not None
    assert after.epoch == state.epoch + 1


# ------------------------------------------------------------------ saving


class Training(NamedTuple):
    """A trainer at work on a document."""

    document: Document
    trainer: Trainer


def begun(steps: int) -> Training:
    document = Document(example())
    samples = samples_of(document)
    project = document.project
    trainer = Trainer()
    trainer.load(Load(0, project.graph(), project.plan, prepared(document, samples)))
    trainer.start(steps=10**6)
    trainer.run_chunk(steps)
    return Training(document, trainer)


def eager(place: str, document: Document) -> Saving:
    """One that finds a checkpoint due whenever it looks."""
    ticks = itertools.count(1)  # a look asks twice, at its start and its end
    return Saving(Path(place), document, stamp(place), 60.0, lambda: 100.0 * (next(ticks) // 2))


def test_a_checkpoint_goes_on_as_if_nothing_had_happened() -> None:
    document, trainer = begun(100)
    eager("a.nbnet", document).look(trainer)
    trainer.run_chunk(70)
    whole = trainer.state()
    project = document.project
    again = Trainer()
    data = prepared(document, samples_of(document))
    again.load(Load(0, project.graph(), project.plan, data, load("a.nbnet").state))
    again.start(steps=70)
    again.run_chunk(70)
    assert again.steps_done == whole.step == 170
    np.testing.assert_array_equal(again.state().parameters, whole.parameters)


def test_only_the_version_before_the_training_is_kept_beside_it() -> None:
    save("a.nbnet", Document(edits.rename(example(), "input", "Before")))
    document, trainer = begun(10)
    saving = eager("a.nbnet", document)
    for _ in range(3):
        trainer.run_chunk(10)
        saving.look(trainer)
    (before,) = previous_versions("a.nbnet")
    assert load(before).project.node("input").name == "Before"
    saving.put_back()
    assert Path("a.nbnet").read_bytes() == before.read_bytes()


def test_checkpoints_are_saved_when_they_are_due_and_not_too_often() -> None:
    document, trainer = begun(10)
    now = [0.0]
    saving = Saving(Path("a.nbnet"), document, None, 60.0, lambda: now[0])
    saving.look(trainer)
    assert not Path("a.nbnet").exists()
    now[0] = 60.0
    saving.look(trainer)
    first = stamp("a.nbnet")
    assert first is not None
    now[0] = 100.0
    saving.look(trainer)
    assert stamp("a.nbnet") == first
    never = Saving(Path("b.nbnet"), document, None, 0.0, lambda: 1e9)
    never.look(trainer)
    assert not Path("b.nbnet").exists()


def test_a_disk_that_is_full_keeps_the_last_good_file_and_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document, trainer = begun(10)
    saving = eager("a.nbnet", document)
    saving.look(trainer)
    good = Path("a.nbnet").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("neuralbuilder.project.disk.os.fsync", full)
        for _ in range(3):
            trainer.run_chunk(10)
            saving.look(trainer)
    (note,) = capsys.readouterr().err.splitlines()
    assert note.startswith("Note: No checkpoint: a.nbnet could not be saved: the disk is full.")
    assert Path("a.nbnet").read_bytes() == good
    saving.look(trainer)
    state = load("a.nbnet").state
    assert state is not None
    assert state.step == 40


def test_what_cannot_be_saved_at_its_place_is_saved_elsewhere() -> None:
    save("a.nbnet", Document(example()))
    document, trainer = begun(10)
    saving = eager("a.nbnet", document)
    others = Document(edits.rename(example(), "input", "By somebody else"))
    save("a.nbnet", others)
    theirs = Path("a.nbnet").read_bytes()
    learnt = Document(document.project, trainer.state())
    with pytest.raises(UserError, match=r"changed by another program.*a trained\.nbnet"):
        saving.finish(learnt)
    assert Path("a.nbnet").read_bytes() == theirs
    state = load("a trained.nbnet").state
    assert state is not None
    assert state.step == 10


def test_a_full_disk_is_noticed_before_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save("a.nbnet", Document(example()))
    usage = shutil.disk_usage(".")._replace(free=5000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert main(["train", "a.nbnet", "--epochs", "1"]) == 2
    line = capsys.readouterr().err
    assert "a.nbnet cannot be saved when training ends: it will take about 1.0 MB" in line
    assert "0.0 MB left" in line
    assert load("a.nbnet").state is None


def test_the_expected_size_is_about_right() -> None:
    project = edits.set_units(example(), "hidden_1", 50_000)
    document = Document(project)
    expected = expected_bytes(document)
    trainer = Trainer()
    data = prepared(document, samples_of(document))
    trainer.load(Load(0, project.graph(), project.plan, data))
    size = len(to_bytes(Document(project, trainer.state())))
    assert size <= expected <= 1.5 * size
    refuse_full_disk(Path("a.nbnet"), document)


# ------------------------------------------------------------------ progress


def test_progress_is_told_in_lines_where_no_terminal_shows_a_bar(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    lines = ProgressLines("Training", 1000, lambda: now[0])
    for second in range(1000):
        now[0] = float(second)
        lines.update(second, f"epoch {second} of 1,000")
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "Training: 0 %, epoch 3 of 1,000"
    seconds = [int(line.split()[4]) for line in told]
    gaps = np.diff(seconds)
    assert (gaps >= 3).all()
    assert gaps.max() == 60
    assert len(told) < 30
