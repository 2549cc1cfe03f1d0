"""The data section of the window: source, preview, settings, split and scaling."""

from __future__ import annotations

import secrets
from dataclasses import fields
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuralbuilder.data.formulas import FormulaDataset
from neuralbuilder.data.images.folder import ImageFolder
from neuralbuilder.data.preprocessing import Preprocessing
from neuralbuilder.data.samples import TEST, VALIDATION, Dataset, FileDataset, Samples
from neuralbuilder.data.splits import Split
from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.data.tables.reading.format import TableFormat
from neuralbuilder.data.tasks import TASK_WORDS
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.parts import Setting, catalogue, changed, help_of, settings_of
from neuralbuilder.problems import UserError
from neuralbuilder.project import edits
from neuralbuilder.project.files import left_outside
from neuralbuilder.project.model import Plan, Project
from neuralbuilder.project.task import output_of
from neuralbuilder.ui.data_panel.csv_import import edit_csv, paste_table
from neuralbuilder.ui.data_panel.formula_editor import FormulaEditor
from neuralbuilder.ui.data_panel.importing import (
    ImportMenu,
    ask_for,
    find_data,
    import_data,
    import_folder,
)
from neuralbuilder.ui.data_panel.preview import Preview, counted
from neuralbuilder.ui.data_panel.reading import ShownReading
from neuralbuilder.ui.data_panel.source import SourceChoice, space, space_of
from neuralbuilder.ui.forms import PartForm
from neuralbuilder.ui.theme import current
from neuralbuilder.ui.widgets.banner import Advice
from neuralbuilder.ui.widgets.choice import Choice
from neuralbuilder.ui.widgets.focus import give_back, home_of, leave
from neuralbuilder.ui.widgets.panel import PanelHeader
from neuralbuilder.ui.widgets.section import label, line
from neuralbuilder.ui.widgets.switch import Switch
from neuralbuilder.ui.workspace import Workspace

CSV_SETTINGS = frozenset(
    (
        *("path", "content", "inputs", "targets", "words", "numbers", "dates", "ignored"),
        *("thousands", "missing_words", "missing_by_column", "lags", "date_parts", "derived"),
        *(field.name for field in fields(TableFormat)),
    )
)
"""Settings of a table that the import dialog edits."""
_TASK = next(setting for setting in settings_of(Plan) if setting.name == "task")


class DataPanel(QWidget):
    """Shows and edits everything about the data of the workspace's project."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        workspace.reader = ShownReading(self)
        self._remembered: dict[type[Dataset], Dataset] = {}
        self.header = PanelHeader("Data", link="Import…", parent=self)
        self.import_menu = ImportMenu(self)
        self._make_parts()
        self._lay_out()
        self._connect()
        self.refresh()

    # ------------------------------------------------------------ building

    def _make_parts(self) -> None:
        self.source = SourceChoice(self)
        self.formulas = FormulaEditor(self)
        self.preview = Preview(self)
        self.problem = Advice("Data", "", "error", self)
        self.look_for = QPushButton("Find the file…", self)
        self.look_for.setToolTip("Say where the data are now; all settings stay.")
        self.fit = QPushButton(self)
        self.outside = label("", "muted", self)
        self.outside.setWordWrap(True)
        self.settings = _DatasetForm(self)
        self.columns = QPushButton("Columns and format…", self)
        self.columns.setToolTip("Choose inputs and targets, delimiter, encoding and header anew.")
        self.folder = QPushButton("Other folder…", self)
        self.folder.setToolTip("Choose another folder with one sub-folder of pictures per class.")
        self.split = PartForm(parent=self)
        self.preprocessing = Choice(parent=self)
        self.preprocessing.setAccessibleName("Scaling of the inputs")
        for cls in catalogue("preprocessing"):
            self.preprocessing.add_choice(f"Inputs: {cls.label.lower()}", cls, help_of(cls))
        self.preprocessing.setToolTip(
            "How inputs are scaled: fitted on the training part only, then applied to all samples."
        )
        self.task = Choice(parent=self)
        self.task.setAccessibleName("Task")
        for word, text in zip(_TASK.choices, _TASK.choice_labels, strict=True):
            self.task.add_choice(f"Task: {text.lower()}", word, _TASK.help)
        self.task.setToolTip(_TASK.help)
        self.targets = _SwitchRow(
            "Standardise targets",
            "Scale the targets of a regression, too; plots show original units.",
            self,
        )
        self.new_seed = QToolButton(self)
        self.new_seed.setProperty("flat", True)
        self.new_seed.setProperty("small", True)
        self.new_seed.setToolTip("New seed: draw other samples with the same settings.")
        self.new_seed.setAccessibleName("New seed")
        current().bind_icon(self.new_seed, "seed", "muted")

    def _lay_out(self) -> None:
        content = QWidget(self)
        body = QVBoxLayout(content)
        body.setContentsMargins(0, 0, 0, 4)
        body.setSpacing(6)
        body.addWidget(self.source)
        for widget in (self.formulas, self.problem, self.look_for, self.preview, self.outside,
                       self.fit, self.columns, self.folder, self.settings, line(self), self.task,
                       self.split, self.preprocessing, self.targets):  # fmt: skip
            body.addWidget(widget)
        body.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(9, 5, 9, 5)
        outside.setSpacing(4)
        row = self.header.layout()
        assert isinstance(row, QHBoxLayout)
        row.setContentsMargins(4, 0, 0, 0)
        row.insertWidget(row.count() - 1, self.new_seed)  # left of the link
        outside.addWidget(self.header)
        outside.addWidget(area, 1)

    def _connect(self) -> None:
        self.header.link_clicked.connect(self.ask_what_to_import)
        self.import_menu.file_wanted.connect(self.choose_file)
        self.import_menu.folder_wanted.connect(self.choose_folder)
        self.import_menu.paste_wanted.connect(self.paste)
        self.source.choice_changed.connect(self.choose_source)
        self.formulas.edited.connect(self._change_formulas)
        self.preview.sample_chosen.connect(self._workspace.select_sample)
        self.look_for.clicked.connect(self.find_file)
        self.fit.clicked.connect(self.fit_network)
        self.columns.clicked.connect(self.edit_columns)
        self.folder.clicked.connect(self.choose_folder)
        self.settings.changed.connect(self._change_dataset)
        self.split.changed.connect(self._change_split)
        self.preprocessing.choice_changed.connect(self._change_preprocessing)
        self.task.choice_changed.connect(self._change_task)
        self.targets.switch.clicked.connect(self._change_scale_targets)
        self.new_seed.clicked.connect(self.draw_seed)
        self._workspace.project_changed.connect(self.refresh)
        self._workspace.samples_changed.connect(self.refresh)
        self._workspace.selection_changed.connect(self._show_selection)

    # ------------------------------------------------------------ showing

    def refresh(self) -> None:
        """Show the data of the current project."""
        plan = self._workspace.project.plan
        dataset = plan.dataset
        self._remembered[type(dataset)] = dataset
        self.source.show_dataset(dataset)
        self._show_dataset(dataset)
        self.split.set_part(plan.split)
        self.preprocessing.set_choice(type(plan.preprocessing))
        self.targets.switch.setChecked(plan.scale_targets)
        samples = self._workspace.samples
        self._show_task(samples)
        self.targets.setVisible(samples is None or samples.task == "regression")
        self._show_given_parts(samples)
        self.preview.show_samples(samples, plan.split)
        self._show_outside(dataset, samples)
        self._show_problem()
        self._show_fit(samples)
        self._show_selection()

    def _show_dataset(self, dataset: Dataset) -> None:
        formula = isinstance(dataset, FormulaDataset)
        self.formulas.setVisible(formula)
        if isinstance(dataset, FormulaDataset):
            self.formulas.set_dataset(dataset)
        self.settings.show_dataset(dataset)
        self.columns.setVisible(isinstance(dataset, CsvTable))
        self.folder.setVisible(isinstance(dataset, ImageFolder))
        self.new_seed.setVisible(any(s.name == "seed" for s in settings_of(type(dataset))))

    def _show_task(self, samples: Samples | None) -> None:
        """The chosen task, and beside an automatic one what came of it."""
        chosen = self._workspace.project.plan.task
        # What came of it stands first, as the panel may be too narrow for both.
        shown = "automatic" if samples is None else f"{TASK_WORDS[samples.task]} (automatic)"
        self.task.set_choice(chosen)
        self.task.setItemText(_TASK.choices.index("auto"), f"Task: {shown}")

    def _show_outside(self, dataset: Dataset, samples: Samples | None) -> None:
        """Data that a saved project does not hold are said to be left where they are."""
        left = left_outside(dataset, samples)
        self.outside.setVisible(bool(left))
        self.outside.setText("Too large to be saved with the project")
        self.outside.setToolTip(left)

    def _show_problem(self) -> None:
        problem, dataset = self._workspace.data_problem, self._workspace.project.plan.dataset
        self.problem.setVisible(problem is not None)
        self.look_for.setVisible(problem is not None and isinstance(dataset, FileDataset))
        is_folder = isinstance(dataset, ImageFolder)
        self.look_for.setText("Find the folder…" if is_folder else "Find the file…")
        if problem is not None:
            self.problem.set_advice(str(problem), "No data", "error")

    def _show_fit(self, samples: Samples | None) -> None:
        wanted = samples is not None and not fits(self._workspace.project, samples)
        self.fit.setVisible(wanted)
        if samples is not None and wanted:
            shape = samples.input_shape
            fitted = output_of(edits.fit_ends(self._workspace.project, samples))
            outputs = samples.y.shape[1] if fitted is None else fitted.units
            reads = f"images of {space_of(shape)}" if samples.is_images else f"{shape[0]} inputs"
            what = "Fit to" if samples.is_images else "Fit network:"
            self.fit.setText(f"{what} {space_of(shape)} → {space(outputs)}")
            self.fit.setToolTip(
                f"Give the network {reads} and {counted(outputs, 'output')} like the data, "
                "with the output activation and the loss that suit them. Layers that cannot read "
                "the data are made to fit, or left out."
            )

    def _show_given_parts(self, samples: Samples | None) -> None:
        """Where the files say themselves what a part is, no share of it can be chosen."""
        parts = None if samples is None else samples.parts
        for name, number in (("validation", VALIDATION), ("test", TEST)):
            given = parts is not None and bool((parts == number).any())
            field = self.split.field(name)
            field.setEnabled(not given)
            field.setToolTip(f"The {name} part is given by the files." if given else "")

    def _show_selection(self) -> None:
        self.preview.show_chosen(self._workspace.selection.sample)

    # ------------------------------------------------------------ changing

    def choose_source(self, cls: type[Dataset]) -> None:
        """Take another kind of data, with the settings it had last; a file is asked for."""
        if issubclass(cls, FileDataset) and cls not in self._remembered:
            ask_for(cls, self._workspace, self)
            self.source.show_dataset(self._workspace.project.plan.dataset)
            return
        self._apply(f"Choose {cls.label}", dataset=self._remembered.get(cls) or cls())

    def ask_what_to_import(self) -> None:
        """Offer files and folders below the link."""
        corner = self.header.rect().bottomRight() - QPoint(self.import_menu.sizeHint().width(), 0)
        self.import_menu.popup(self.header.mapToGlobal(corner))

    def choose_file(self) -> None:
        """Ask for a file and import it."""
        import_data(self._workspace, None, self)

    def choose_folder(self) -> None:
        """Ask for a folder of pictures and import it."""
        leave(self.folder)
        import_folder(self._workspace, self)

    def paste(self) -> None:
        """Import the table on the clipboard."""
        paste_table(self._workspace, self)

    def find_file(self) -> None:
        """Ask where the present data are now."""
        leave(self.look_for)
        find_data(self._workspace, self)

    def edit_columns(self) -> None:
        """Open the import dialog for the file in use."""
        leave(self.columns)
        edit_csv(self._workspace, self)

    def draw_seed(self) -> None:
        """Draw other samples."""
        dataset = self._workspace.project.plan.dataset
        self._apply("New seed", dataset=changed(dataset, seed=secrets.randbelow(10_000)))

    def fit_network(self) -> None:
        """Make the network read the data; it then waits for Space."""
        give_back(home_of(self))  # before the button goes, and the list behind it gets the keys
        self._workspace.fit_to_data()

    def _change_formulas(self, dataset: FormulaDataset) -> None:
        self._apply("Change formulas", merge="data/formulas", dataset=dataset)

    def _change_dataset(self, dataset: Dataset, setting: Setting) -> None:
        name = f"Change {setting.label[0].lower()}{setting.label[1:]}"
        self._apply(name, merge=f"data/{setting.name}", dataset=dataset)

    def _change_split(self, split: Split, setting: Setting) -> None:
        what = f"{setting.name} share" if setting.unit == "%" else setting.label.lower()
        self._apply(f"Change {what}", merge=f"split/{setting.name}", split=split)

    def _change_preprocessing(self, cls: type[Preprocessing]) -> None:
        self._apply(f"Scale inputs: {cls.label}", preprocessing=cls())

    def _change_task(self, task: str) -> None:
        self._apply(f"Task: {_TASK.word_for(task).lower()}", task=task)

    def _change_scale_targets(self) -> None:
        scaled = self.targets.switch.isChecked()
        self._apply(f"{'Scale' if scaled else 'Keep'} targets", scale_targets=scaled)

    def _apply(self, name: str, merge: str = "", **settings: Any) -> None:
        try:
            project = edits.change_plan(self._workspace.project, **settings)
        except UserError as error:
            self._workspace.failed.emit(error)
            self.refresh()
            return
        self._workspace.apply(name, project, merge)
        if self._workspace.project.plan.dataset != project.plan.dataset:
            self.refresh()  # the user has stopped the reading


class _SwitchRow(QWidget):
    """A label with a switch on the right; a click on the label switches, too."""

    def __init__(self, text: str, hint: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.switch = Switch(True, self)
        self.switch.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 0, 3)
        row.addWidget(label(text, "muted", self), 1)
        row.addWidget(self.switch)
        self.setToolTip(hint)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Switch."""
        if self.rect().contains(event.position().toPoint()):
            self.switch.click()


class _DatasetForm(QWidget):
    """The generated forms of the datasets: one per class, the current one shown."""

    changed = Signal(object, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._forms: dict[type[Dataset], PartForm] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._shown: PartForm | None = None

    def show_dataset(self, dataset: Dataset) -> None:
        """Show the form of this dataset; nothing where it has no settings to show here."""
        form = self._forms.get(type(dataset)) or self._new_form(dataset)
        form.set_part(dataset)
        if form is not self._shown:
            if self._shown is not None:
                self._shown.hide()
            form.show()
            self._shown = form
        skipped = _skipped(dataset)
        self.setVisible(any(s.name not in skipped for s in settings_of(type(dataset))))

    def field(self, name: str) -> QWidget:
        """The field of a setting of the dataset that is shown."""
        assert self._shown is not None
        return self._shown.field(name)

    def reason(self) -> str:
        """Why the last value was not taken; empty when it was."""
        return self._shown.reason() if self._shown is not None else ""

    def _new_form(self, dataset: Dataset) -> PartForm:
        form = PartForm(parent=self, skip=_skipped(dataset))
        form.changed.connect(self.changed)
        self._column.addWidget(form)
        self._forms[type(dataset)] = form
        return form


def _skipped(dataset: Dataset) -> frozenset[str]:
    """Settings with an editor of their own: the formula editor and the import dialog."""
    if isinstance(dataset, FormulaDataset):
        return frozenset(("formulas",))
    if isinstance(dataset, CsvTable):
        return CSV_SETTINGS
    return frozenset(("path", "labels")) if isinstance(dataset, FileDataset) else frozenset()


def fits(project: Project, samples: Samples) -> bool:
    """Whether inputs and outputs of the network have the sizes of the data.

    A project without input or output has nothing to fit; two classes may share one output.
    """
    fitted = edits.fit_ends(project, samples)
    return all(_size(a.layer) == _size(b.layer) for a, b in
               zip(project.nodes, fitted.nodes, strict=True))  # fmt: skip


def _size(layer: Layer) -> object:
    if isinstance(layer, Input):
        return layer.shape
    return layer.units if isinstance(layer, Output) else None
