"""The data panel, driven as a user drives it."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6")

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from neuralbuilder.data.bundled import BreastCancer, Diabetes, Iris
from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.planes import Circle, GaussianRegression, Rings, Spiral
from neuralbuilder.data.preprocessing import MinMax
from neuralbuilder.data.samples import FileDataset
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.engine.activations import Softmax
from neuralbuilder.engine.losses import CategoricalCrossEntropy, Hinge, MeanSquaredError
from neuralbuilder.parts import catalogue
from neuralbuilder.project import edits
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.data_panel import DataPanel
from neuralbuilder.ui.data_panel.sample_table import short_number
from neuralbuilder.ui.theme import install
from neuralbuilder.ui.workspace import Workspace

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> None:
    install(qapp, "dark")


@pytest.fixture
def workspace(qapp):
    space = Workspace(Document(example(), None, None))
    yield space
    space.deleteLater()


@pytest.fixture
def panel(qtbot, workspace):
    panel = DataPanel(workspace)
    qtbot.addWidget(panel)
    panel.resize(208, 900)
    panel.show()
    panel.activateWindow()
    return panel


def pick(panel, cls) -> None:
    """Choose a kind of data as a user does with the keyboard in the open list."""
    panel.source.setFocus()
    panel.source.set_choice(cls)
    panel.source.activated.emit(panel.source.currentIndex())


def dataset_of(workspace):
    return workspace.project.plan.dataset


def type_formulas(panel, text) -> None:
    """Open the editor by a click and type over what is there."""
    QTest.mouseClick(panel.formulas.pretty, Qt.MouseButton.LeftButton)
    editor = panel.formulas.editor
    assert editor.isVisible()
    editor.selectAll()
    for character in text:
        if character == "\n":
            QTest.keyClick(editor, Qt.Key.Key_Return)
        else:
            QTest.keyClicks(editor, character)


def test_shows_the_example(panel):
    assert panel.source.currentText() == "f: ℝ⁴ → ℝ²  (formula)"
    assert panel.formulas.pretty.lines() == ["y₁ = sin(x₁) + x₂·x₃", "y₂ = x₄² − x₁"]
    assert panel.preview.counts.text().endswith("samples\n4 inputs → 2 outputs")
    assert panel.preview.parts.text().replace("\u202f", "") == "1400 train · 200 val. · 400 test"
    assert panel.preview.table.isVisible()
    assert not panel.preview.scatter.isVisible()
    assert not panel.fit.isVisible()
    assert panel.settings.field("samples").value() == 2000
    assert panel.targets.isVisible()


def test_every_dataset_can_be_chosen_and_undone(panel, workspace):
    listed = {cls for cls in (panel.source._values) if cls is not None}
    assert listed == set(catalogue("dataset"))
    start = workspace.project
    for cls in catalogue("dataset"):
        if issubclass(cls, (FileDataset, FormulaDataset)):
            continue
        pick(panel, cls)
        assert type(dataset_of(workspace)) is cls
        assert workspace.history.undo_name == f"Choose {cls.label}"
        assert panel.preview.isVisible()
        assert not panel.problem.isVisible()
        workspace.undo()
        assert workspace.project == start
        assert panel.source.choice() is FormulaDataset


def test_headings_in_the_list_cannot_be_chosen(panel):
    headings = [i for i in range(panel.source.count()) if panel.source._values[i] is None]
    assert len(headings) == 3
    for index in headings:
        assert not panel.source.model().flags(panel.source.model().index(index, 0))


def test_settings_of_a_source_are_remembered(panel, workspace):
    pick(panel, Spiral)
    panel.settings.field("noise").step_by(1)
    noisy = dataset_of(workspace)
    assert noisy.noise > 0
    pick(panel, Iris)
    pick(panel, Spiral)
    assert dataset_of(workspace) == noisy


def test_steps_of_one_setting_are_one_undo_step(panel, workspace):
    field = panel.settings.field("samples")
    for _ in range(5):
        QTest.keyClick(field, Qt.Key.Key_Up)
    assert dataset_of(workspace).samples == 2005
    assert workspace.samples.count == 2005
    assert workspace.history.undo_name == "Change samples"
    workspace.undo()
    assert dataset_of(workspace).samples == 2000
    assert field.value() == 2000


def test_formulas_are_edited_in_place(panel, workspace):
    type_formulas(panel, "speed = x1*x2\ny2 = exp(x3)")
    assert panel.formulas.pretty.lines() == ["speed = x₁·x₂", "y₂ = exp(x₃)"]
    QTest.keyClick(panel.formulas.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dataset_of(workspace).formulas == ("speed = x1*x2", "y2 = exp(x3)")
    assert workspace.samples.target_names == ("speed", "y2")
    assert not panel.formulas.editor.isVisible()
    assert workspace.history.undo_name == "Change formulas"
    workspace.undo()
    assert panel.formulas.pretty.lines()[0] == "y₁ = sin(x₁) + x₂·x₃"


def test_a_pause_in_typing_is_enough(qtbot, panel, workspace):
    type_formulas(panel, "x1 + 1")
    qtbot.waitUntil(lambda: dataset_of(workspace).formulas == ("x1 + 1",), timeout=5000)
    assert panel.formulas.editor.isVisible()
    QTest.keyClicks(panel.formulas.editor, "0")
    panel.settings.field("samples").setFocus()
    qtbot.waitUntil(lambda: dataset_of(workspace).formulas == ("x1 + 10",), timeout=5000)
    assert not panel.formulas.editor.isVisible()


def test_a_bad_formula_is_marked_and_changes_nothing(panel, workspace):
    before = workspace.project
    type_formulas(panel, "y1 = x1\ny2 = 3*foo(x1)")
    assert panel.formulas.problem().startswith("Formula 2, column 8: 'foo' is not known")
    (selection,) = panel.formulas.editor.extraSelections()
    assert selection.cursor.selectedText() == "f"
    assert panel.formulas.pretty.lines() == ["y₁ = x₁", "…"]
    QTest.keyClick(panel.formulas.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert panel.formulas.editor.isVisible()
    assert workspace.project is before
    QTest.keyClick(panel.formulas.editor, Qt.Key.Key_Escape)
    assert not panel.formulas.editor.isVisible()
    assert panel.formulas.problem() == ""
    assert panel.formulas.pretty.lines()[0] == "y₁ = sin(x₁) + x₂·x₃"


def test_too_many_inputs_are_explained_in_the_editor(panel):
    type_formulas(panel, "x5")
    assert "there are only x1 to x4" in panel.formulas.problem()
    assert "Raise the number of inputs" in panel.formulas.reason.toolTip()


def test_fewer_inputs_than_the_formulas_use_are_refused_in_words(panel, workspace):
    QTest.keyClick(panel.settings.field("inputs"), Qt.Key.Key_Down)
    assert dataset_of(workspace).inputs == 4
    assert "there are only x1 to x3" in panel.settings.reason()


def test_formulas_without_values_leave_a_message(panel, workspace):
    type_formulas(panel, "log(x1)")
    panel.formulas.editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(panel.formulas.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert workspace.samples is None
    assert panel.problem.isVisible()
    assert not panel.preview.isVisible()
    workspace.undo()
    assert not panel.problem.isVisible()
    assert panel.preview.isVisible()


def test_new_seed_draws_other_samples(panel, workspace):
    before = workspace.samples.x
    QTest.mouseClick(panel.new_seed, Qt.MouseButton.LeftButton)
    if dataset_of(workspace).seed == 0:  # one chance in ten thousand
        QTest.mouseClick(panel.new_seed, Qt.MouseButton.LeftButton)
    assert (workspace.samples.x != before).any()
    assert workspace.history.undo_name == "New seed"
    pick(panel, Iris)
    assert not panel.new_seed.isVisible()


def test_data_that_the_drawn_output_suits_bring_their_loss(panel, workspace):
    """Whoever types first and chooses data then has the loss of the other way round."""
    typed = edits.set_design(workspace.project, "4 -> 3 tanh -> 3 softmax")
    workspace.apply("Change", typed)
    assert workspace.project.plan.loss == MeanSquaredError()
    pick(panel, Iris)
    assert workspace.project.plan.loss == CategoricalCrossEntropy()
    workspace.undo()
    assert workspace.project.plan.loss == MeanSquaredError()
    workspace.apply("Change", edits.change_plan(workspace.project, loss=Hinge()))
    pick(panel, Iris)
    assert workspace.project.plan.loss == Hinge(), "that was chosen"


def test_the_button_tells_the_outputs_that_the_network_will_have(panel, workspace):
    """Two classes share the one sigmoid that is drawn, so it does not promise two outputs."""
    workspace.apply("Change", edits.set_design(workspace.project, "4 -> 3 tanh -> 1 sigmoid"))
    pick(panel, BreastCancer)
    assert panel.fit.text() == "Fit network: ℝ³⁰ → ℝ"
    QTest.mouseClick(panel.fit, Qt.MouseButton.LeftButton)
    assert workspace.project.node("output").layer.units == 1


def test_network_is_fitted_to_the_data(panel, workspace):
    pick(panel, Iris)
    assert panel.fit.isVisible()
    assert panel.fit.text() == "Fit network: ℝ⁴ → ℝ³"
    QTest.mouseClick(panel.fit, Qt.MouseButton.LeftButton)
    assert not panel.fit.isVisible()
    output = workspace.project.node("output").layer
    assert (output.units, output.activation) == (3, Softmax())
    assert workspace.project.plan.loss == CategoricalCrossEntropy()
    assert not [problem for problem in workspace.problems if problem.severity == "error"]
    workspace.undo()
    assert panel.fit.isVisible()


def test_split_is_changed_in_percent(panel, workspace):
    field = panel.split.field("test")
    assert field.text() == "20 %"
    field.step_by(5)
    assert workspace.project.plan.split.test == pytest.approx(0.25)
    assert workspace.history.undo_name == "Change test share"
    assert panel.preview.parts.text().replace("\u202f", "") == "1300 train · 200 val. · 500 test"


def test_the_split_has_a_seed_of_its_own(panel, workspace):
    before = workspace.project.plan
    panel.split.field("seed").step_by(1)
    plan = workspace.project.plan
    assert (plan.split.seed, plan.seed) == (1, before.seed)
    assert workspace.history.undo_name == "Change split seed"


def test_a_table_is_divided_by_a_column_or_in_order(panel, workspace, tmp_path):
    path = tmp_path / "a.csv"
    rows = "".join(f"{i},p{i // 4},{('train', 'val', 'test')[i % 3]},{i}.5\n" for i in range(40))
    path.write_text(f"age,patient,set,risk\n{rows}")
    dataset = CsvTable(str(path), inputs=("age", "patient", "set"), targets=("risk",))
    workspace.apply("Choose", edits.change_plan(workspace.project, dataset=dataset))
    for name, column in (("group_column", "patient"), ("part_column", "set")):
        field = panel.settings.field(name)
        QTest.keyClicks(field, column)
        QTest.keyClick(field, Qt.Key.Key_Return)
    samples = workspace.samples
    assert samples.input_names == ("age",)
    assert len(set(samples.groups)) == 10
    assert not panel.split.field("validation").isEnabled()
    assert panel.preview.parts.text() == "14 train · 13 val. · 13 test"
    assert "10 groups are in several parts" in panel.preview.notes.toolTip()
    field = panel.settings.field("part_column")
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert panel.preview.parts.text() == "28 train · 4 val. · 8 test"
    panel.split.field("by").set_choice("order")
    panel.split.field("by").choice_changed.emit("order")
    assert workspace.project.plan.split.by == "order"
    with pytest.raises(KeyError):
        panel.split.field("seed")


def test_shares_that_leave_nothing_to_train_on_are_refused(panel, workspace):
    panel.split.field("validation").step_by(70)
    assert workspace.project.plan.split.validation == pytest.approx(0.1)
    assert "leaves too little for training" in panel.split.reason()


def test_scaling_is_chosen(panel, workspace):
    panel.preprocessing.set_choice(MinMax)
    panel.preprocessing.activated.emit(panel.preprocessing.currentIndex())
    assert workspace.project.plan.preprocessing == MinMax()
    QTest.mouseClick(panel.targets.switch, Qt.MouseButton.LeftButton)
    assert workspace.project.plan.scale_targets is False
    assert workspace.history.undo_name == "Keep targets"
    workspace.undo()
    assert panel.targets.switch.isChecked()
    pick(panel, Iris)
    assert not panel.targets.isVisible()


def test_points_are_drawn_and_chosen(panel, workspace):
    pick(panel, Rings)
    scatter = panel.preview.scatter
    assert scatter.isVisible()
    assert not panel.preview.table.isVisible()
    place = scatter.place(40)
    QTest.mouseClick(
        scatter, Qt.MouseButton.LeftButton, pos=QPoint(round(place.x()), round(place.y()))
    )
    chosen = workspace.selection.sample
    distance = np.hypot(*(workspace.samples.x[chosen] - workspace.samples.x[40]))
    assert distance < 0.5
    image = scatter.grab().toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }
    assert {"#0072b2", "#e69f00", "#009e73"} <= colours


@pytest.mark.parametrize("dataset", [GaussianRegression(), Circle(), FormulaDataset(("x1",), 1)])
@pytest.mark.parametrize("mode", ["dark", "light"])
def test_every_kind_of_points_can_be_drawn(qapp, panel, workspace, dataset, mode):
    install(qapp, mode)
    workspace.apply("Choose", edits.change_plan(workspace.project, dataset=dataset))
    assert panel.preview.scatter.isVisible()
    image = panel.preview.scatter.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(0, 180, 2) for y in range(0, 180, 2)}
    assert len(seen) > 20


def test_rows_are_shown_and_chosen(panel, workspace):
    table = panel.preview.table
    columns = table.shown_columns()
    assert [column[0] for column in columns] == ["x₁", "x₂", "x₃", "x₄", "y₁", "y₂"]
    assert columns[0][1] == "0.5"  # one decimal makes room for all
    panel.resize(400, 900)
    assert table.shown_columns()[0][1] == "0.55"
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(60, 4 + 17 * 3 + 8))
    assert workspace.selection.sample == 2
    for _ in range(4):
        QTest.keyClick(table, Qt.Key.Key_Down)
    assert workspace.selection.sample == 6
    assert 6 in table.rows()
    QTest.keyClick(table, Qt.Key.Key_PageUp)
    QTest.keyClick(table, Qt.Key.Key_PageUp)
    assert workspace.selection.sample == 0


def test_class_names_stand_in_the_table(panel):
    pick(panel, Iris)
    assert panel.preview.table.shown_columns()[-1][:2] == ("class", "setosa")
    pick(panel, Diabetes)
    assert panel.preview.table.shown_columns()[-1][1] == "151"


def test_panel_stays_narrow_with_long_names(panel, workspace, tmp_path):
    path = tmp_path / ("a very long name of a file " * 4 + ".csv")
    long = ",".join(f"a very long name of a column number {i}" for i in range(30))
    path.write_text(long + "\n" + ("1.5," * 29 + "2\n") * 20)
    dataset = CsvTable(str(path))
    project = edits.change_plan(workspace.project, dataset=dataset, task="regression")
    workspace.apply("Import", project)
    assert panel.source.toolTip() == str(path)
    assert panel.minimumSizeHint().width() <= 208
    columns = panel.preview.table.shown_columns()
    assert ("…",) * 6 in columns
    assert all(len(cell) <= 10 for column in columns for cell in column)


def test_a_csv_that_vanishes_leaves_a_message(panel, workspace, tmp_path):
    dataset = CsvTable(str(tmp_path / "gone.csv"))
    workspace.apply("Import", edits.change_plan(workspace.project, dataset=dataset))
    assert panel.problem.isVisible()
    workspace.undo()
    assert not panel.problem.isVisible()


def test_another_document_is_shown(panel, workspace):
    other = edits.change_plan(example(), dataset=Rings())
    workspace.open(Document(other, None, None), None)
    assert panel.source.choice() is Rings
    assert panel.preview.scatter.isVisible()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.234, "1.23"), (-1.1, "−1.10"), (123.45, "123.5"), (1234.5, "1234"),
     (123456.0, "1.2e5"), (0.00012, "1.2e−4"), (1e300, "1.0e300")],
)  # fmt: skip
def test_short_numbers(value, text):
    assert short_number(value) == text


# ------------------------------------------------------------------ the task


@pytest.fixture
def whole_numbers(workspace, tmp_path):
    """A table whose target holds 0, 1 and 2, before a network with one linear output."""
    path = tmp_path / "table.csv"
    path.write_text("a,b,k\n" + "".join(f"{i % 7},{i % 5}.5,{i % 3}\n" for i in range(60)))
    project = edits.set_design(workspace.project, "2 -> 3 tanh -> 1 linear")
    workspace.apply("Import", edits.change_plan(project, dataset=CsvTable(str(path))))


def test_the_drawn_output_decides_and_the_panel_says_so(panel, workspace, whole_numbers):
    assert panel.task.currentText() == "Task: quantities (automatic)"
    assert panel.targets.isVisible()
    softmax = edits.set_design(workspace.project, "2 -> 3 tanh -> 3 softmax", workspace.source)
    workspace.apply("Edit the text", softmax)
    assert panel.task.currentText() == "Task: classes (automatic)"
    assert workspace.samples.class_names == ("0", "1", "2")
    assert not panel.targets.isVisible()
    workspace.undo()
    assert workspace.samples.task == "regression"


def test_the_task_can_be_chosen_and_fitting_follows_it(panel, workspace, whole_numbers):
    panel.task.set_choice("classification")
    panel.task.activated.emit(panel.task.currentIndex())
    assert workspace.samples.task == "classification"
    assert panel.fit.isVisible()
    panel.fit.click()
    assert isinstance(workspace.project.nodes[-1].layer.activation, Softmax)
    assert not [problem for problem in workspace.problems if problem.severity == "error"]


def test_a_task_that_cannot_be_is_said(panel, workspace, whole_numbers):
    panel.task.set_choice("yes/no")
    panel.task.activated.emit(panel.task.currentIndex())
    told = [problem.message for problem in workspace.problems if problem.setting == "task"]
    assert told == ["The target has 3 classes, and yes/no has two answers."]
