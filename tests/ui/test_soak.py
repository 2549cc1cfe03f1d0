"""Two hundred things a user may do, in any order, in the real window with the real process."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.planes import Spiral, Xor
from neuralbuilder.engine.losses import BinaryCrossEntropy, MeanSquaredError
from neuralbuilder.engine.optimizers import Adam, Sgd
from neuralbuilder.project import edits, files
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.window import MainWindow
from neuralbuilder.ui.workspace import Selection
from tests.ui.window_parts import PATIENCE, drop_layer, open_window, settle

ACTIONS = 200
MILLISECONDS = 7_000
"""After this the rest of the actions is left out, so that a slow machine takes no longer."""
WANTED = {"running", "waiting", "paused"}
"""What training must have been at least; where a machine is slow, that takes its time."""

DESIGNS = (
    "R^4 -> 3 tanh -> R^2",
    "4 -> 8 relu -> 5 tanh nobias -> 2",
    "2 -> 6 tanh -> 1 sigmoid",
    "2 -> 4 -> 2 softmax",
    "784 -> 200 relu -> 2",
    "4 -> tanh ->",
)
DATA = (FormulaDataset(), Spiral(), Xor(), FormulaDataset(("y1 = x1*x2",), inputs=2))


class User:
    """Does one thing after the other, whatever the window is just about."""

    def __init__(self, window: MainWindow, folder: Path, seed: int) -> None:
        self.window = window
        self.folder = folder
        self.random = random.Random(seed)
        self.actions: tuple[Callable[[], object], ...] = (
            self.edit_text, self.drop, self.delete, self.units, self.activation, self.bias,
            self.rename, self.duplicate, self.copy_and_paste, self.connect, self.move,
            self.arrange, self.choose_data, self.choose_plan, self.set_weight,
            self.undo, self.undo, self.redo, self.undo_much,
            self.train, self.train, self.pause, self.step, self.epoch, self.rewind,
            self.select, self.select_neuron, self.sample, self.theme, self.save, self.size,
            self.keys, self.plan_form,
        )  # fmt: skip

    def act(self) -> None:
        """One thing, and a moment for the window."""
        self.random.choice(self.actions)()
        QApplication.processEvents()
        if self.random.random() < 0.3:
            QTest.qWait(self.random.randrange(1, 60))

    def node(self) -> str | None:
        """Any layer."""
        nodes = self.window.workspace.project.nodes
        return self.random.choice(nodes).id if nodes else None

    def on_a_layer(self, command: Callable[[str], object]) -> None:
        node = self.node()
        if node is not None:
            command(node)

    # ------------------------------------------------------------ edits

    def edit_text(self) -> None:
        field = self.window.transport.design
        self.window.edit_design()
        QTest.keyClicks(field, self.random.choice(DESIGNS))
        QTest.keyClick(field, Qt.Key.Key_Return)
        self.window.canvas.setFocus()

    def drop(self) -> None:
        kind = self.random.choice(("input", "dense", "output"))
        drop_layer(self.window, kind, self.random.uniform(0, 900), self.random.uniform(0, 300))

    def delete(self) -> None:
        self.window.actions_["delete"].trigger()

    def units(self) -> None:
        count = self.random.choice((1, 2, 3, 9, 30))
        self.on_a_layer(lambda node: self.window.canvas.commands.set_units(node, count))

    def activation(self) -> None:
        name = self.random.choice(("tanh", "relu", "softmax", "linear"))
        project = self.window.workspace.project
        node = self.node()
        if node is not None and hasattr(project.node(node).layer, "activation"):
            self.window.canvas.commands.set_activation(node, name)

    def bias(self) -> None:
        project = self.window.workspace.project
        node = self.node()
        if node is not None and hasattr(project.node(node).layer, "bias"):
            self.window.canvas.commands.toggle_bias(node)

    def rename(self) -> None:
        name = self.random.choice(("", "Größe ✓", "a\nb", "x" * 300, "=1+1", "<b>"))
        self.on_a_layer(lambda node: self.window.canvas.commands.rename(node, name))

    def duplicate(self) -> None:
        if len(self.window.workspace.project.nodes) < 12:
            self.window.actions_["duplicate"].trigger()

    def copy_and_paste(self) -> None:
        if len(self.window.workspace.project.nodes) < 12:
            self.window.actions_[self.random.choice(("copy", "cut"))].trigger()
            self.window.actions_["paste"].trigger()

    def connect(self) -> None:
        source, target = self.node(), self.node()
        if source is not None and target is not None:
            self.window.canvas.commands.connect_layers(source, target)

    def move(self) -> None:
        place = (self.random.uniform(-500, 2000), self.random.uniform(-500, 900))
        self.on_a_layer(lambda node: self.window.canvas.commands.move({node: place}))

    def arrange(self) -> None:
        self.window.actions_["arrange"].trigger()

    def choose_data(self) -> None:
        workspace = self.window.workspace
        dataset = self.random.choice(DATA)
        workspace.apply("Data", edits.change_plan(workspace.project, dataset=dataset))
        if self.random.random() < 0.7 and workspace.project.nodes:
            self.window.panes.data.fit_network()

    def choose_plan(self) -> None:
        change = self.random.choice(
            (
                {"batch_size": self.random.choice((1, 7, 64, 100_000))},
                {"l2": self.random.choice((0.0, 0.01))},
                {"optimizer": self.random.choice((Adam(), Sgd(), Sgd(1e6)))},
                {"loss": self.random.choice((MeanSquaredError(), BinaryCrossEntropy()))},
                {"precision": self.random.choice(("float32", "float64"))},
                {"seed": self.random.randrange(5)},
            )
        )
        workspace = self.window.workspace
        workspace.apply("Plan", edits.change_plan(workspace.project, **change))

    def set_weight(self) -> None:
        self.window.runner.set_weight("hidden_1/W", (0, 0), self.random.uniform(-3, 3))

    def undo(self) -> None:
        self.window.actions_["undo"].trigger()

    def redo(self) -> None:
        self.window.actions_["redo"].trigger()

    def undo_much(self) -> None:
        for _ in range(self.random.randrange(8)):
            self.undo()
        for _ in range(self.random.randrange(8)):
            self.redo()

    # ------------------------------------------------------------ training

    def train(self) -> None:
        self.window.runner.train()

    def pause(self) -> None:
        self.window.runner.pause()

    def step(self) -> None:
        self.window.actions_["step"].trigger()

    def epoch(self) -> None:
        self.window.actions_["epoch"].trigger()

    def rewind(self) -> None:
        self.window.actions_["rewind"].trigger()

    # ------------------------------------------------------------ looking around

    def select(self) -> None:
        nodes = self.window.workspace.project.nodes
        chosen = self.random.sample(nodes, self.random.randint(0, len(nodes)))
        self.window.workspace.select(Selection(frozenset(node.id for node in chosen)))

    def select_neuron(self) -> None:
        self.on_a_layer(
            lambda node: self.window.workspace.select(
                Selection(frozenset({node}), (node, self.random.randrange(5)))
            )
        )

    def sample(self) -> None:
        self.window.workspace.select(Selection(sample=self.random.choice((0, 5, 10**6))))

    def theme(self) -> None:
        self.window.actions_.themes[self.random.choice(("light", "dark"))].trigger()

    def save(self) -> None:
        self.window.files.save_to(self.folder / self.random.choice(("a.nbnet", "b.nbnet")))

    def size(self) -> None:
        self.window.resize(self.random.randrange(960, 1700), self.random.randrange(640, 1000))

    def keys(self) -> None:
        view = self.window.canvas.view
        view.setFocus()
        for _ in range(3):
            QTest.keyClick(view, self.random.choice(KEYS))

    def plan_form(self) -> None:
        form = self.window.panes.inspector.plan_page.form
        field = form.field("epochs")
        field.setFocus()
        field.step_by(self.random.choice((-1, 1)))


KEYS = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Tab, Qt.Key.Key_Plus, Qt.Key.Key_Minus,
    Qt.Key.Key_S, Qt.Key.Key_Escape, Qt.Key.Key_F, Qt.Key.Key_Space,
)  # fmt: skip


def test_two_hundred_random_actions(qtbot: QtBot, tmp_path: Path) -> None:
    """Exceptions, messages of Qt and what is left running fail any test; here all are sought."""
    start = example()
    seen: set[str] = set()
    with open_window(qtbot, Document(start)) as window:
        window.runner.status_changed.connect(seen.add)
        user = User(window, tmp_path, seed=1)
        clock = QElapsedTimer()
        clock.start()
        for _ in range(ACTIONS):
            if clock.elapsed() > MILLISECONDS and seen >= WANTED:
                break
            user.act()
        window.runner.pause()
        qtbot.waitUntil(lambda: not window.runner.is_running, timeout=PATIENCE)
        while window.actions_["undo"].isEnabled():
            window.actions_["undo"].trigger()
            QApplication.processEvents()  # across a rewind, the newest weights come first
        assert window.workspace.project == start
        settle(qtbot, window)
        window.files.saver.wait(5.0)
        QApplication.processEvents()
        for path in tmp_path.glob("*.nbnet"):
            assert files.load(path).notices == ()
    assert {"running", "waiting", "paused"} <= seen
    QGuiApplication.clipboard().clear()
