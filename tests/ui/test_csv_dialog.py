"""The import dialog, driven as a user drives it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QProgressDialog

from neuralbuilder.data.tables.dataset import CsvTable
from neuralbuilder.problems import UserError
from neuralbuilder.project.examples import example
from neuralbuilder.project.files import Document
from neuralbuilder.ui.data_panel import CsvImportDialog, DataPanel, edit_csv, import_csv
from neuralbuilder.ui.data_panel import progress as module
from neuralbuilder.ui.data_panel.csv_models import KIND_COLUMN, MISSING_COLUMN, ROLE_COLUMN
from neuralbuilder.ui.data_panel.progress import file_size
from neuralbuilder.ui.theme import install
from neuralbuilder.ui.workspace import Workspace

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

HOUSES = "area;rooms;district;price\n" + "".join(
    f"{50 + i},5;{i % 4 + 1 if i % 10 else ''};{('North', 'South')[i % 2]};{1000 + i},25\n"
    for i in range(60)
)


@pytest.fixture(autouse=True)
def _theme(qapp: QApplication) -> None:
    install(qapp, "dark")


@pytest.fixture
def write(tmp_path):
    def written(content: str | bytes, name: str = "houses.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@pytest.fixture
def opened(qtbot):
    def shown(path, dataset=None) -> CsvImportDialog:
        dialog = CsvImportDialog(path, dataset)
        qtbot.addWidget(dialog)
        dialog.show()
        dialog.activateWindow()
        return dialog

    return shown


@pytest.fixture
def workspace(qapp):
    space = Workspace(Document(example(), None, None))
    yield space
    space.deleteLater()


def choose(choice, value) -> None:
    assert choice.set_choice(value)
    choice.activated.emit(choice.currentIndex())


def in_dialog(act) -> None:
    """Do something in the dialog that is about to open, as a user would."""

    def later() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, CsvImportDialog)
        act(dialog)

    QTimer.singleShot(0, later)


def test_format_roles_and_counts_are_proposed(opened, write):
    dialog = opened(write(HOUSES))
    assert dialog.choices["delimiter"].choice() == "semicolon"
    assert dialog.choices["decimal"].choice() == "comma"
    assert dialog.header.isChecked()
    assert dialog.columns_model.roles == ["input", "input", "input", "target"]
    assert dialog.rows_model.rowCount() == 50
    assert dialog.facts.text().startswith("60 rows · 4 columns")
    missing = [
        dialog.columns_model.index(row, 3).data() for row in range(dialog.columns_model.rowCount())
    ]
    assert missing == ["–", "6 ▾", "–", "–"]
    assert dialog.ok.isEnabled()
    assert "60 samples · 4 inputs → 1 output" in dialog.verdict.text()
    choose(dialog.choices["missing"], "drop")
    assert "54 samples · 4 inputs → 1 output · 6 rows dropped" in dialog.verdict.text()


def test_result_is_a_dataset_with_every_choice(opened, write):
    path = write(HOUSES)
    dialog = opened(path)
    choose(dialog.choices["missing"], "mean")
    assert "60 samples" in dialog.verdict.text()
    dialog.columns.selectRow(2)
    QTest.mouseClick(dialog.role_buttons["ignore"], Qt.MouseButton.LeftButton)
    dialog.columns.selectRow(1)
    QTest.mouseClick(dialog.role_buttons["target"], Qt.MouseButton.LeftButton)
    dialog.columns.selectRow(3)
    QTest.mouseClick(dialog.role_buttons["input"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert dialog.result() == QDialog.DialogCode.Accepted
    dataset = dialog.dataset()
    assert dataset == CsvTable(
        str(path), "semicolon", "comma", "utf-8", True, ("area", "price"), ("rooms",), "mean"
    )
    samples = dataset.load()
    assert samples.x.shape[1] == 2


def test_a_role_is_changed_in_its_cell(qtbot, opened, write):
    dialog = opened(write(HOUSES))
    index = dialog.columns_model.index(2, ROLE_COLUMN)
    place = dialog.columns.visualRect(index).center()
    QTest.mouseClick(dialog.columns.viewport(), Qt.MouseButton.LeftButton, pos=place)
    (editor,) = dialog.columns.viewport().findChildren(QComboBox)
    QTest.keyClick(editor.view(), Qt.Key.Key_End)
    QTest.keyClick(editor.view(), Qt.Key.Key_Return)
    assert dialog.columns_model.roles == ["input", "input", "ignore", "target"]
    assert "2 inputs" in dialog.verdict.text()


def test_without_target_the_button_is_off_and_says_why(opened, write):
    dialog = opened(write(HOUSES))
    dialog.columns.selectAll()
    QTest.mouseClick(dialog.role_buttons["input"], Qt.MouseButton.LeftButton)
    assert not dialog.ok.isEnabled()
    assert "No column is chosen as target" in dialog.reason()
    assert dialog.ok.toolTip() == dialog.verdict.text() == dialog.reason()
    dialog.accept()
    assert dialog.result() != QDialog.DialogCode.Accepted
    dialog.columns.selectAll()
    QTest.mouseClick(dialog.role_buttons["target"], Qt.MouseButton.LeftButton)
    assert "No column is chosen as input" in dialog.reason()


def test_another_format_is_read_at_once(opened, write):
    dialog = opened(write(HOUSES))
    choose(dialog.choices["delimiter"], "comma")
    assert dialog.columns_model.rowCount() == 1
    assert not dialog.ok.isEnabled()
    choose(dialog.choices["delimiter"], "semicolon")
    assert dialog.columns_model.rowCount() == 4
    assert dialog.ok.isEnabled()
    QTest.mouseClick(dialog.header, Qt.MouseButton.LeftButton)
    assert dialog.columns_model.index(0, 0).data() == "column 1"
    assert dialog.facts.text().startswith("61 rows")


def test_roles_survive_another_decimal_sign(opened, write):
    dialog = opened(write(HOUSES))
    dialog.columns.selectRow(2)
    QTest.mouseClick(dialog.role_buttons["ignore"], Qt.MouseButton.LeftButton)
    choose(dialog.choices["encoding"], "latin-1")
    assert dialog.columns_model.roles == ["input", "input", "ignore", "target"]


def test_wrong_encoding_is_said_and_can_be_changed(opened, write):
    dialog = opened(write("a,b\n1.5,gär\n2.5,fün\n3.5,fün\n".encode("cp1252")))
    assert dialog.ok.isEnabled()
    choose(dialog.choices["encoding"], "utf-8")
    assert "not utf-8 text" in dialog.reason()
    assert dialog.rows_model.rowCount() == 0
    choose(dialog.choices["encoding"], "windows-1252")
    assert dialog.ok.isEnabled()


def test_uneven_rows_are_listed_and_can_be_skipped(opened, write):
    dialog = opened(write("a,b\n" + "1.5,2.5\n2.5,3.5\n" * 5 + "7\n"))
    assert "line 12 has 1" in dialog.reason()
    assert "line 12 has 1" in dialog.notices.text()
    choose(dialog.choices["uneven"], "skip")
    assert dialog.ok.isEnabled()
    assert "10 samples" in dialog.verdict.text()


def test_even_rows_need_no_choice(opened, write):
    dialog = opened(write(HOUSES))
    assert not dialog.choices["uneven"].isEnabled()


def test_missing_values_can_stop_the_import(opened, write):
    dialog = opened(write(HOUSES))
    choose(dialog.choices["missing"], "stop")
    assert "line 2: column 'rooms' has no value (6 such cells" in dialog.reason()


def test_only_the_first_rows(qtbot, opened, write):
    dialog = opened(write(HOUSES))
    dialog.rows.setFocus()
    qtbot.waitUntil(dialog.rows.hasFocus)
    dialog.rows.selectAll()
    QTest.keyClicks(dialog.rows, "20")
    QTest.keyClick(dialog.rows, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.facts.text().startswith("20 rows")
    assert dialog.dataset().rows == 20
    assert "Only the first 20 rows" in dialog.notices.text()


def test_what_a_large_file_needs_is_said_before_reading(opened, write):
    path = write(HOUSES)
    with open(path, "ab") as file:
        file.truncate(10_000_000_000)
    dialog = opened(path)
    assert "has 10.0 GB" in dialog.reason()
    dialog.rows.set_value(30)
    dialog.rows.value_changed.emit(30)
    assert dialog.ok.isEnabled()


def test_reading_can_be_cancelled(qtbot, write, monkeypatch):
    path = write("a,b\n" + "1.5,2.5\n" * 60_000)
    windows = []

    class Cancelled(QProgressDialog):
        def setValue(self, value):
            windows.append(self)
            self.cancel()
            super().setValue(value)

    monkeypatch.setattr(module, "QProgressDialog", Cancelled)
    dialog = CsvImportDialog(path)
    qtbot.addWidget(dialog)
    assert windows
    assert "Reading was stopped" in dialog.reason()
    assert not dialog.ok.isEnabled()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a,b\n1,2\n3\0,4\n", "line 3: there is a NUL byte"),
        ('a,b\n1,2\n3,"4\n', "line 3: the quotation mark"),
        ("a,b\n", "0 rows and 2 columns"),
        ("a\n1\n2\n", "2 rows and 1 column of"),
        ("a,b\n1e300,2.5\n2,3.5\n", "column 'a' holds 1e+300"),
    ],
)
def test_what_is_wrong_with_a_file_stands_in_the_dialog(opened, write, content, reason):
    dialog = opened(write(content))
    assert reason in dialog.reason()
    assert not dialog.ok.isEnabled()


def test_files_that_are_none_are_refused(opened, tmp_path, write):
    for path in (tmp_path / "none.csv", tmp_path, write(b"", "empty.csv"),
                 write(b"PK\x03\x04", "book.xlsx")):  # fmt: skip
        with pytest.raises(UserError):
            CsvImportDialog(path)


def test_import_changes_the_project(workspace, write):
    path = write(HOUSES)
    in_dialog(lambda dialog: QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton))
    assert import_csv(workspace, path)
    dataset = workspace.project.plan.dataset
    assert isinstance(dataset, CsvTable)
    assert dataset.targets == ("price",)
    assert workspace.samples.count == 60
    assert workspace.history.undo_name == "Import houses.csv"


def test_rows_of_pixels_are_imported_as_images(workspace, write):
    names = [f"pixel{number}" for number in range(16)]
    rows = [",".join([*map(str, range(n, n + 16)), "ab"[n % 20 // 10]]) for n in range(0, 200, 10)]
    path = write("\n".join([",".join([*names, "kind"]), *rows]), "pixels.csv")
    accept = lambda dialog: QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)  # noqa: E731
    in_dialog(accept)
    assert import_csv(workspace, path)
    assert workspace.project.plan.dataset.images == "4x4"
    assert workspace.samples.x.shape == (20, 1, 4, 4)

    def without_one(dialog: CsvImportDialog) -> None:
        dialog.columns.selectRow(3)
        QTest.mouseClick(dialog.role_buttons["ignore"], Qt.MouseButton.LeftButton)
        accept(dialog)

    in_dialog(without_one)
    assert edit_csv(workspace)
    assert workspace.project.plan.dataset.images == ""
    assert workspace.samples.x.shape == (20, 15)


def test_cancelling_changes_nothing(workspace, write):
    before = workspace.project
    in_dialog(lambda dialog: QTest.keyClick(dialog, Qt.Key.Key_Escape))
    assert not import_csv(workspace, write(HOUSES))
    assert workspace.project is before


def test_an_unreadable_file_is_reported_and_changes_nothing(qtbot, workspace, tmp_path):
    before = workspace.project
    with qtbot.waitSignal(workspace.failed) as failed:
        assert not import_csv(workspace, tmp_path / "none.csv")
    assert "none.csv is not there" in failed.args[0].message
    assert workspace.project is before


def test_columns_are_chosen_anew_from_the_panel(qtbot, workspace, write):
    panel = DataPanel(workspace)
    qtbot.addWidget(panel)
    panel.show()
    assert not edit_csv(workspace)
    in_dialog(lambda dialog: QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton))
    import_csv(workspace, write(HOUSES), panel)
    assert panel.source.currentText() == "houses.csv"

    def without_rooms(dialog: CsvImportDialog) -> None:
        assert dialog.columns_model.roles == ["input", "input", "input", "target"]
        dialog.columns.selectRow(1)
        QTest.mouseClick(dialog.role_buttons["ignore"], Qt.MouseButton.LeftButton)
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)

    in_dialog(without_rooms)
    QTest.mouseClick(panel.columns, Qt.MouseButton.LeftButton, pos=QPoint(20, 8))
    assert workspace.project.plan.dataset.inputs == ("area", "district")
    assert workspace.samples.count == 60


def test_sizes_of_files():
    assert [file_size(n) for n in (812, 12_345, 3_400_000)] == ["812 bytes", "12 kB", "3.4 MB"]


def test_the_roles_suit_the_drawn_network(qtbot, write):
    path = write("a,b,c,d,e,f\n" + "1.5,2,3,4,5,6\n2.5,3,4,5,6,7.5\n" * 3)
    dialog = CsvImportDialog(path, sizes=(4, 2))
    qtbot.addWidget(dialog)
    assert dialog.dataset().inputs == ("a", "b", "c", "d")
    assert dialog.dataset().targets == ("e", "f")


# ------------------------------------------------------------------ layouts, pasted tables


def test_layout_and_lines_to_skip_can_be_changed(qtbot, tmp_path):
    path = tmp_path / "m.csv"
    rows = "".join(f"{i},{i * 2}.5\n" for i in range(20))
    path.write_text("Measured in March\n# by hand\na,b\nm,s\n" + rows, encoding="utf-8")
    dialog = CsvImportDialog(path)
    qtbot.addWidget(dialog)
    assert dialog.numbers["skip"].value() == 2
    assert dialog.numbers["skip_below"].value() == 1
    assert dialog.dataset().load().count == 20
    assert "Measured in March" in dialog.notices.text()
    dialog.numbers["skip_below"].set_value(0)
    dialog.numbers["skip_below"].value_changed.emit(0)
    assert dialog.columns_model.names("target") == ("b",)
    assert dialog.rows_model.rowCount() == 21
    dialog.choices["comment"].set_choice("hash")
    assert dialog.dataset().comment == "hash"


def test_the_sheet_of_a_workbook_is_chosen(qtbot, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["only", "names"])
    second = book.create_sheet("Second")
    for row in (["Title"], ["a", "b"], *([i, i * 2.5] for i in range(20))):
        second.append(row)
    book.save(tmp_path / "book.xlsx")
    dialog = CsvImportDialog(tmp_path / "book.xlsx")
    qtbot.addWidget(dialog)
    assert dialog.sheet.isVisibleTo(dialog)
    assert not dialog.choices["delimiter"].isEnabled()
    assert dialog.reason()
    dialog.sheet.set_choice("Second")
    dialog.sheet.choice_changed.emit("Second")
    assert dialog.numbers["skip"].value() == 1
    assert not dialog.reason()
    assert dialog.dataset().load().count == 20


# ------------------------------------------------------------------ kinds, missing values, formulas

STONES = "at,grade,mass,price\n" + "".join(
    f'2024-01-{1 + i % 28:02},{i % 3 + 1},{"" if i % 10 == 3 else i + 0.5},"{1 + i},{i:03}"\n'
    for i in range(60)
)


def pick(dialog: CsvImportDialog, row: int, column: int, word: str) -> None:
    """Pick a word from the list in a cell."""
    model = dialog.columns_model
    assert model.flags(model.index(row, column)) & Qt.ItemFlag.ItemIsEditable
    assert model.setData(model.index(row, column), word)
    QApplication.processEvents()


def test_the_kind_of_a_column_is_proposed_and_changed(opened, write):
    dialog = opened(write(STONES))
    assert [dialog.columns_model.index(row, KIND_COLUMN).data() for row in range(4)] == [
        "Dates ▾", "Numbers ▾", "Numbers ▾", "Numbers ▾",
    ]  # fmt: skip
    assert dialog.columns_model.index(0, 4).data() == "2024-01-01 … 2024-01-28"
    assert "3 inputs → 1 output" in dialog.verdict.text()
    pick(dialog, 1, KIND_COLUMN, "words")
    assert dialog.columns_model.index(1, KIND_COLUMN).data() == "Words ▾"
    assert "5 inputs → 1 output" in dialog.verdict.text()
    assert dialog.dataset().words == ("grade",)
    again = opened(dialog.dataset().path, dialog.dataset())
    assert again.dataset() == dialog.dataset()


def test_rules_for_missing_values_are_changed_for_one_column(opened, write):
    dialog = opened(write(STONES))
    pick(dialog, 2, MISSING_COLUMN, "drop")
    assert dialog.columns_model.index(2, MISSING_COLUMN).data() == "6 · Drop row ▾"
    assert "54 samples" in dialog.verdict.text()
    assert dialog.dataset().missing_by_column == ("mass=drop",)
    pick(dialog, 2, MISSING_COLUMN, "")
    assert dialog.dataset().missing_by_column == ()
    assert not dialog.columns_model.setData(dialog.columns_model.index(2, MISSING_COLUMN), "never")


def entered(line, text: str) -> None:
    line.setFocus()
    line.clear()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_derived_columns_and_missing_words_are_typed(opened, write):
    dialog = opened(write(STONES))
    entered(dialog.texts["derived"], "double = mass * 2")
    assert dialog.isVisible()  # Enter takes the formula; it does not import
    assert "4 inputs → 1 output" in dialog.verdict.text()
    entered(dialog.texts["derived"], "double = masses * 2")
    assert "'masses' is no column that holds numbers" in dialog.reason()
    assert not dialog.ok.isEnabled()
    entered(dialog.texts["derived"], "")
    entered(dialog.texts["missing_words"], "1, 2")
    assert dialog.dataset().missing_words == ("1", "2")
    choose(dialog.choices["thousands"], "none")
    assert dialog.columns_model.index(3, KIND_COLUMN).data() == "Words ▾"
