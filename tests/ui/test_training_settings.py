"""Schedules, early stopping and full-batch optimizers as the window shows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from neuralbuilder.engine.optimizers import Adam, Lbfgs, Rprop, Sgd
from neuralbuilder.engine.schedules import Cosine, Steps, WarmUp
from neuralbuilder.engine.stopping import EarlyStopping
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.forms import PartForm
from neuralbuilder.ui.window import MainWindow
from tests.ui.window_parts import PATIENCE, open_window, settle


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    with open_window(qtbot, ready=False) as window:
        yield window


def use(window: MainWindow, **settings: object) -> None:
    window.workspace.apply("Change", edits.change_plan(window.workspace.project, **settings))


def live_fields(window: MainWindow, name: str) -> list:
    """The field in the bar and the one in the small window behind its button."""
    return [entry.field for entry in window.transport.live._all if entry._name == name]


@pytest.mark.parametrize(
    ("optimizer", "rate_reason"),
    [
        (Lbfgs(), "L-BFGS has no learning rate: it finds by itself how far to go."),
        (Rprop(), "Rprop adapts its step sizes by itself; the first one is in the plan."),
    ],
)
def test_live_settings_without_use_say_why(
    window: MainWindow, optimizer: object, rate_reason: str
) -> None:
    use(window, optimizer=optimizer)
    batch_reason = f"{optimizer.label} uses all samples in every step; no batch size is needed."
    for name, reason in (("learning_rate", rate_reason), ("batch_size", batch_reason)):
        fields = live_fields(window, name)
        assert len(fields) == 2
        for field in fields:
            assert (field.isEnabled(), field.text(), field.toolTip()) == (False, "–", reason)
    assert live_fields(window, "l2")[0].isEnabled()
    assert window.transport.live.button.text() == "Rate"
    use(window, optimizer=Sgd(0.25))
    for field in live_fields(window, "learning_rate"):
        assert (field.isEnabled(), field.text()) == (True, "0.25")
        assert "Works at once" in field.toolTip()
    assert live_fields(window, "batch_size")[0].text() == "32"


def test_a_document_may_begin_without_a_learning_rate(qtbot: QtBot) -> None:
    project = edits.change_plan(example(), optimizer=Lbfgs())
    with open_window(qtbot, Document(project), ready=False) as window:
        assert not live_fields(window, "learning_rate")[0].isEnabled()
        use(window, optimizer=Adam(0.004))
        field = live_fields(window, "learning_rate")[0]
        assert field.text() == "0.004"
        field.step_by(1)
        assert window.workspace.project.plan.optimizer == Adam(0.005)


def test_the_form_of_the_plan_has_the_settings_of_schedule_and_rule(window: MainWindow) -> None:
    form = next(f for f in window.findChildren(PartForm) if f.part is window.workspace.project.plan)
    form.field("schedule").choice_changed.emit(WarmUp)
    form.field("schedule", "then").choice_changed.emit(Cosine)
    form.field("schedule", "then", "epochs").value_changed.emit(40)
    form.field("stop_rule").choice_changed.emit(EarlyStopping)
    form.field("clip_norm").value_changed.emit(1.0)
    plan = window.workspace.project.plan
    assert plan.schedule == WarmUp(then=Cosine(40))
    assert (plan.stop_rule, plan.clip_norm) == (EarlyStopping(), 1.0)
    form.field("schedule", "then").choice_changed.emit(WarmUp)
    assert form.reason() == "A warm-up cannot follow a warm-up. Make the first one longer."
    assert window.workspace.project.plan.schedule == WarmUp(then=Cosine(40))


def test_the_window_says_why_training_has_stopped(qtbot: QtBot) -> None:
    plan = {"optimizer": Adam(0.0), "stop_rule": EarlyStopping(2), "schedule": Steps(1, 0.5)}
    with open_window(qtbot, Document(edits.change_plan(example(), **plan))) as window:
        window.runner.train()
        qtbot.waitUntil(lambda: window.runner.status == "finished", timeout=PATIENCE)
        qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE)
        assert window.banner.message() == (
            "Stopped at epoch 3: the validation loss has not improved for 2 epochs; "
            "the weights of epoch 1 are back."
        )
        settle(qtbot, window)
        assert window.workspace.state.best == {}
        window.runner.step()
        qtbot.waitUntil(lambda: not window.banner.isVisible(), timeout=PATIENCE)
        settle(qtbot, window)
