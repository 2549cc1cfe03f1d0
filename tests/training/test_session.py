"""The training process: it answers, obeys, survives bad requests, and its death is noticed."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.insights import LossCurve
from neuralbuilder.insights.base import Insight
from neuralbuilder.insights.figure import Figure
from neuralbuilder.parts import changed
from neuralbuilder.training.channel import DirectChannel
from neuralbuilder.training.environment import (
    BLAS_VARIABLES,
    THREADS,
    Machine,
    this_machine,
    threads,
    variables,
)
from neuralbuilder.training.messages import (
    Adjust,
    Ask,
    Load,
    LoadAgain,
    Loaded,
    Pause,
    Quit,
    Ready,
    Refused,
    Reply,
    Rewind,
    Rewound,
    Run,
    SetWeight,
    Snapshot,
    Stopped,
)
from neuralbuilder.training.session import Session
from neuralbuilder.training.trainer import Trainer
from neuralbuilder.training.worker import Worker

PATIENCE = 30.0


def wait_for(session: Session, kind: type, found: Callable[[Reply], bool] = lambda _: True):
    """The next answer of this kind, with all that came before it thrown away."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for reply in session.poll():
            if isinstance(reply, kind) and found(reply):
                return reply
        time.sleep(0.002)
    raise AssertionError(f"no {kind.__name__} came")


def ask(session: Session, request: int = 1, with_state: bool = True) -> Snapshot:
    session.send(Ask(request, with_state=with_state))
    return wait_for(session, Snapshot, lambda reply: reply.request == request)


def wait_until_dead(session: Session) -> None:
    end = time.monotonic() + PATIENCE
    while session.alive and time.monotonic() < end:
        time.sleep(0.005)
    assert not session.alive


# ------------------------------------------------------------ the process


def test_it_trains_the_same_as_in_one_process_and_continues(session, make_load):
    load = make_load()
    wait_for(session, Ready)
    session.send(load)
    wait_for(session, Loaded)
    session.send(Run(steps=400))
    assert wait_for(session, Stopped).status == "paused"
    middle = ask(session, 1).state
    session.send(replace(load, generation=2, state=middle))
    session.send(Run(steps=600))
    wait_for(session, Stopped)
    continued = ask(session, 2)
    session.send(replace(load, generation=3))
    session.send(Run(steps=1000))
    wait_for(session, Stopped)
    whole = ask(session, 3)
    assert continued.generation == 2
    assert whole.step == continued.step == 1000
    assert np.array_equal(whole.state.parameters, continued.state.parameters)
    for name, array in whole.state.optimizer.items():
        assert np.array_equal(array, continued.state.optimizer[name])


def test_data_that_are_there_already_are_not_sent_again(session, make_load):
    load = make_load()
    session.send(load)
    wait_for(session, Loaded)
    session.send(replace(load, generation=2, graph=replace(load.graph, links=())))
    wait_for(session, Refused)
    session.send(replace(load, generation=3, keep=True))
    wait_for(session, Loaded, lambda reply: reply.generation == 3)
    session.send(Run(steps=20))
    wait_for(session, Stopped)
    inline = Trainer()
    inline.load(load)
    inline.run(steps=20)
    assert np.array_equal(ask(session).state.parameters, inline.parameters)
    assert isinstance(session._without_known_data(load), LoadAgain)
    assert isinstance(session._without_known_data(make_load()), Load)


def test_it_pauses_soon_and_keeps_its_place(session, make_load):
    session.send(make_load())
    session.send(Run())
    requests = itertools.count(1)
    # The first answer may come before the first step.
    while (first := ask(session, next(requests))).step == 0:
        assert first.status == "running"
    session.send(Pause())
    sent = time.monotonic()
    paused = ask(session, next(requests))
    assert time.monotonic() - sent < 5
    assert paused.status == "paused"
    assert paused.step >= first.step
    assert ask(session, next(requests)).step == paused.step


def test_requests_of_all_kinds_are_carried_out(session, make_load):
    load = make_load()
    session.send(load)
    session.send(Run(steps=5))
    session.send(SetWeight("output/b", (1,), 0.5))
    assert wait_for(session, Stopped).status == "paused"
    session.send(Adjust(changed(load.plan, batch_size=8)))
    snapshot = ask(session, 1)
    assert "mark/batch size" in {name.lower() for name in snapshot.state.log}
    session.send(Rewind())
    before = wait_for(session, Rewound).state
    assert (before.step, before.log.keys()) == (5, snapshot.state.log.keys())
    assert np.array_equal(before.parameters, snapshot.state.parameters)
    rewound = ask(session, 2)
    assert rewound.step == 0
    fresh = Trainer()
    fresh.load(load)
    assert np.array_equal(rewound.state.parameters, fresh.parameters)


def test_divergence_is_told_once_and_training_can_go_on(session, make_load):
    load = make_load(optimizer=Sgd(learning_rate=1e6))
    session.send(load)
    session.send(Run())
    stopped = wait_for(session, Stopped)
    assert stopped.status == "diverged"
    assert stopped.problem.node in ("hidden_1", "output")
    assert np.isfinite(ask(session).state.parameters).all()
    session.send(Adjust(changed(load.plan, optimizer=Sgd(learning_rate=0.01))))
    session.send(Run(steps=10))
    assert wait_for(session, Stopped).status == "paused"


def test_a_request_that_fails_is_refused_and_the_process_lives(session, make_load):
    load = make_load()
    session.send(Run())
    assert "Load one first" in wait_for(session, Refused).problem.hint
    session.send(load)
    wait_for(session, Loaded)
    session.send(replace(load, generation=2, graph=replace(load.graph, links=())))
    assert wait_for(session, Refused).generation == 2
    session.send(SetWeight("no/W", (0, 0), 1.0))
    assert "no/W" in wait_for(session, Refused).problem.message
    assert ask(session).status == "paused"


def test_a_request_that_cannot_be_sent_is_refused(session):
    session.send(Ask(1, insights={"bad": lambda: None}))  # a lambda cannot be pickled
    refused = wait_for(session, Refused)
    assert "Ask" in refused.problem.message
    assert session.alive


def test_something_foreign_in_the_pipe_does_no_harm(session, make_load):
    session.send(_Unreadable())
    assert wait_for(session, Refused).details
    session.send(make_load())
    wait_for(session, Loaded)


class _Unreadable:
    def __reduce__(self):
        return _raise, ()


def _raise():
    raise RuntimeError("this request does not like to be read")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals of this kind")
def test_the_death_of_the_process_is_described(session, make_load):
    session.send(make_load())
    session.send(Run())
    ask(session)
    assert session.ended == ""
    os.kill(session.pid, signal.SIGKILL)
    wait_until_dead(session)
    assert session.ended == "training process ended (signal 9)"
    assert "memory" in session.ended_hint
    session.send(Pause())
    assert session.poll() is not None
    session.close()
    assert session.ended == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals of this kind")
def test_a_process_that_hangs_is_closed_by_force(session, make_load):
    session.send(make_load())
    ask(session)
    os.kill(session.pid, signal.SIGSTOP)
    session.send(Ask(2))
    assert session.poll() == []
    time.sleep(0.05)
    assert session.silence > 0
    session.close()
    assert not session.alive


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals of this kind")
def test_an_interrupt_of_the_terminal_does_not_reach_it(session, make_load):
    wait_for(session, Ready)
    os.kill(session.pid, signal.SIGINT)
    session.send(make_load())
    wait_for(session, Loaded)


def test_closing_twice_and_before_the_start_is_fine():
    session = Session()
    assert not session.alive
    session.close()
    session.close()
    assert session.ended == ""


ORPHAN = """
import sys, time
from neuralbuilder.training.session import Session

if __name__ == "__main__":
    session = Session()
    session.start()
    while not session.poll():
        time.sleep(0.01)
    print(session.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_the_process_ends_when_the_window_dies(tmp_path):
    script = tmp_path / "window.py"
    script.write_text(ORPHAN)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    window = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment)
    with window:
        child = Path("/proc") / window.stdout.readline().decode().strip()
        assert child.exists()
        window.kill()
    end = time.monotonic() + PATIENCE
    while _runs(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(process: Path) -> bool:
    try:
        return " Z " not in (process / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


# ------------------------------------------------------------ the worker, inline


class Clock:
    """A clock that goes on by a thousandth of a second with every look and every step trained."""

    def __init__(self) -> None:
        self.now = 0.0
        self.steps = 0
        self.trainer: Trainer | None = None

    def __call__(self) -> float:
        steps = self.trainer.steps_done if self.trainer is not None else 0
        self.now += 0.001 * (1 + steps - self.steps)
        self.steps = steps
        return self.now


def clocked() -> tuple[Worker, DirectChannel, Clock]:
    channel, clock = DirectChannel(), Clock()
    worker = Worker(channel, clock)
    clock.trainer = worker.trainer
    return worker, channel, clock


@dataclass(frozen=True)
class Slow(Insight):
    """An insight whose computation takes a tenth of a second of the clock above."""

    kind: ClassVar[str] = "insight"
    name: ClassVar[str] = "slow"
    clock: Clock | None = None

    def compute(self, source):
        self.clock.now += 0.1
        return Figure(title="slow")


@dataclass(frozen=True)
class Broken(Insight):
    """An insight that makes a mistake."""

    kind: ClassVar[str] = "insight"
    name: ClassVar[str] = "broken"
    label: ClassVar[str] = "Broken view"

    def compute(self, source):
        return Figure(title=str(1 / (source.sample - source.sample)))


def test_one_broken_view_never_stops_the_others(make_load):
    worker, channel, _ = clocked()
    asked = Ask(1, {"broken": Broken(), "loss": LossCurve()})
    channel.requests.extend([make_load(), Run(), asked])
    while not any(isinstance(reply, Snapshot) for reply in channel.replies):
        worker.turn()
    assert not any(isinstance(reply, Refused) for reply in channel.replies)
    snapshot = next(reply for reply in channel.replies if isinstance(reply, Snapshot))
    assert snapshot.status == "running"
    assert snapshot.figures["loss"].title == "Loss"
    figure = snapshot.figures["broken"]
    assert figure.message == "This view could not be computed: ZeroDivisionError: division by zero"
    assert "Traceback" in figure.details


def test_answers_take_a_bounded_share_of_the_time(make_load):
    worker, channel, clock = clocked()
    channel.requests.extend([make_load(), Run()])
    answering = []
    for request in range(1, 30):
        channel.requests.append(Ask(request, {"slow": Slow(clock)}))
        while not any(isinstance(reply, Snapshot) for reply in channel.replies):
            worker.turn()
        channel.replies.clear()
        answering.append(clock.now)
    share = 0.1 * (len(answering) - 1) / (answering[-1] - answering[0])
    assert 0.02 < share <= 0.056


def test_cheap_answers_do_not_hide_what_dear_ones_take(make_load):
    worker, channel, clock = clocked()
    channel.requests.extend([make_load(), Run()])
    answering = []
    for request in range(1, 40):
        insights = {"slow": Slow(clock)} if request % 2 else {"loss": LossCurve()}
        channel.requests.append(Ask(request, insights))
        while not any(isinstance(reply, Snapshot) for reply in channel.replies):
            worker.turn()
        channel.replies.clear()
        answering.append(clock.now)
    dear = 0.1 * (len(answering) // 2)
    assert dear / (answering[-1] - answering[0]) <= 0.056


def test_answers_come_at_once_while_paused(make_load):
    worker, channel, clock = clocked()
    channel.requests.append(make_load())
    channel.requests.extend(Ask(request, {"slow": Slow(clock)}) for request in (1, 2))
    for _ in range(4):
        worker.turn()
    assert channel.replies[-1].figures["slow"].title == "slow"
    assert channel.replies[-1].request == 2


def test_a_mistake_in_an_insight_pauses_and_is_reported(make_load):
    channel = DirectChannel()
    worker = Worker(channel)
    channel.requests.extend([make_load(), Run(), Ask(1, {"slow": Slow(None)})])
    while not any(isinstance(reply, Refused) for reply in channel.replies):
        worker.turn()
    refused = channel.replies[-1]
    assert "AttributeError" in refused.problem.message
    assert "compute" in refused.details
    assert worker.trainer.status == "paused"
    channel.requests.append(Quit())
    assert worker.turn() is False


# ------------------------------------------------------------ the environment


def test_the_users_own_settings_are_kept():
    machine = Machine(cores=8, has_openblas=True, has_avx512=True)
    assert variables({"OMP_NUM_THREADS": "3"}, machine) == {"OPENBLAS_CORETYPE": "SkylakeX"}
    assert "OPENBLAS_CORETYPE" not in variables({"OPENBLAS_CORETYPE": "Haswell"}, machine)
    wanted = variables({THREADS: "2"}, machine)
    assert THREADS not in wanted
    assert wanted["OPENBLAS_NUM_THREADS"] == "1"


def test_a_machine_without_avx512_chooses_its_own_kernels():
    assert "OPENBLAS_CORETYPE" not in variables({}, Machine(4, True, has_avx512=False))


def test_accelerate_and_other_libraries_are_left_alone():
    assert variables({}, Machine(8, has_openblas=False, has_avx512=True)) == {}


@pytest.mark.parametrize(("cores", "shares"), [(1, "1"), (2, "1"), (4, "3"), (64, "4")])
def test_one_core_is_left_to_the_window(cores, shares):
    wanted = variables({}, Machine(cores, has_openblas=True, has_avx512=False))
    assert wanted[THREADS] == shares
    assert {wanted[name] for name in BLAS_VARIABLES} == {"1"}, "each thread has one of its own"


@pytest.mark.parametrize(
    ("text", "number"), [("", 1), ("3", 3), ("0", 1), ("-2", 1), ("many", 1), ("999", 64)]
)
def test_how_many_threads_share_a_mini_batch(text, number):
    assert threads({THREADS: text}) == number


def test_this_machine_is_looked_at():
    assert this_machine().cores >= 1


def test_starting_a_process_leaves_the_environment_as_it_was():
    before = dict(os.environ)
    session = Session()
    session.start()
    assert dict(os.environ) == before
    session.close()


def test_the_process_imports_no_window_and_no_heavy_libraries():
    code = (
        "import sys, neuralbuilder.training.worker as w;"
        "print([m for m in ('PySide6','pyqtgraph','pandas','sklearn','scipy','safetensors')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
