"""CSV and TSV files as a dataset, their preview, and new samples for predictions."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.notes import listed
from neuralbuilder.data.pixel_rows import Shape, as_images, image_shape
from neuralbuilder.data.samples import (
    Array,
    Expected,
    FileDataset,
    Progress,
    Samples,
    channel_names,
)
from neuralbuilder.data.table import Table
from neuralbuilder.data.table_columns import (
    MAXIMUM_VALUE,
    Reading,
    class_columns,
    encode_categories,
    encode_inputs,
    is_class_column,
    reading,
    readings,
)
from neuralbuilder.data.table_division import divided
from neuralbuilder.data.table_format import (
    COMMENTS,
    DECIMALS,
    DELIMITERS,
    ENCODINGS,
    LAYOUTS,
    TableFormat,
    opened_size,
)
from neuralbuilder.data.table_pasted import PASTED_NAME, Pasted, Source
from neuralbuilder.data.table_preview import ColumnSummary, TablePreview, preview
from neuralbuilder.data.table_reader import estimated_size, read_table
from neuralbuilder.data.table_sniffing import sniff
from neuralbuilder.parts import choice, columns, integer, lines, register, switch, text
from neuralbuilder.problems import SettingError, UserError

_WIDEST_INPUT = 100_000


@register("csv", "CSV file", "rows → samples")
@dataclass(frozen=True)
class CsvTable(FileDataset):
    """A table in a text file: some columns are inputs, others are targets.

    Without chosen targets the last column is the target; without chosen inputs all other columns
    are inputs. A text column as target makes classes; a text column as input becomes one 0/1
    input per word. What a target of numbers means is only proposed, see `neuralbuilder.data.tasks`.
    """

    group = "File"

    path: str = text("", "File", help="The table; a relative path starts at the project's folder.")
    delimiter: str = choice(
        "comma",
        "Delimiter",
        tuple(DELIMITERS),
        help="What separates cells.",
        choice_labels=("Comma  ,", "Semicolon  ;", "Tab", "Blanks and tabs", "Bar  |"),
    )
    decimal: str = choice(
        "point",
        "Decimal sign",
        DECIMALS,
        help="1.5 or 1,5.",
        choice_labels=("Point  1.5", "Comma  1,5"),
    )
    encoding: str = choice(
        "utf-8",
        "Encoding",
        tuple(ENCODINGS),
        help="How letters are stored.",
        choice_labels=("UTF-8", "UTF-16", "UTF-16 LE", "UTF-16 BE", "Windows-1252", "Latin-1"),
    )
    header: bool = switch(True, "Header", help="Whether the first row holds the column names.")
    inputs: tuple[str, ...] = columns((), "Inputs", help="Empty: all columns but the targets.")
    targets: tuple[str, ...] = columns((), "Targets", help="Empty: the last column.")
    missing: str = choice(
        "drop",
        "Missing values",
        ("drop", "mean", "stop"),
        choice_labels=("Drop the row", "Use the mean", "Do not import"),
        help="Drop the row, put the column's mean in their place, or stop with a message.",
    )
    uneven: str = choice(
        "stop",
        "Uneven rows",
        ("stop", "skip"),
        choice_labels=("Do not import", "Skip the row"),
        help="What to do with rows that have more or fewer cells than the first.",
    )
    rows: int = integer(
        0, "At most rows", minimum=0, maximum=1_000_000_000, zero_word="all",
        help="So many rows of the file are read.",
    )  # fmt: skip
    images: str = text(
        "", "Images",
        help="Rows that hold pixels: height × width, such as 28x28; empty: no images.",
    )  # fmt: skip
    group_column: str = text(
        "", "Groups", help="A column; rows with the same value in it, such as those of one "
        "patient, always stay in one part. It is no input.",
    )  # fmt: skip
    part_column: str = text(
        "", "Parts", help="A column that says of each row whether it is for train, validation or "
        "test. It is no input.",
    )  # fmt: skip
    test_file: str = text(
        "", "Test file", help="A second table with the same columns, whose rows are the test part.",
    )  # fmt: skip
    layout: str = choice(
        "plain",
        "Layout",
        LAYOUTS,
        choice_labels=("A row per line", "Row names in front", "Names in a comment", "Orange"),
        help="A row per line; with names of the rows in front, as R writes; with the names of the "
        "columns in the last comment, as NumPy writes; or Orange's three rows at the top.",
    )
    comment: str = choice(
        "none",
        "Comment sign",
        tuple(COMMENTS),
        choice_labels=("None", "#", "%", "//", "!"),
        help="Lines that begin with this sign are passed over.",
    )
    skip: int = integer(
        0, "Lines to skip", minimum=0, maximum=1000, zero_word="none",
        help="So many lines at the top, such as a title, are passed over.",
    )  # fmt: skip
    skip_below: int = integer(
        0, "Rows below names", minimum=0, maximum=100, zero_word="none",
        help="So many rows below the names, such as units, are passed over.",
    )  # fmt: skip
    sheet: str = text("", "Sheet", help="Of a workbook; empty: the first one with any cells.")
    content: tuple[str, ...] = lines(
        (), "Pasted text", help="The lines of a table that was pasted, instead of a file."
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        image_shape(self.images)
        self._check_dividing()
        for name in ("inputs", "targets"):
            chosen: tuple[str, ...] = getattr(self, name)
            if len(set(chosen)) < len(chosen):
                raise SettingError(name, "A column is chosen twice.", "Choose each column once.")
        targets = set(self.targets)
        both = [name for name in self.inputs if name in targets]
        if both:
            raise SettingError(
                "inputs",
                f"Column {both[0]!r} is both input and target.",
                "A network would only have to copy it; choose one role.",
            )

    def _check_dividing(self) -> None:
        """A column that divides the rows is no target, and divides them in one way."""
        for setting in ("group_column", "part_column"):
            name = getattr(self, setting)
            if name and name in self.targets:
                raise SettingError(
                    setting,
                    f"Column {name!r} divides the rows and is also the target.",
                    "Choose one role for it.",
                )
        if self.group_column and self.group_column == self.part_column:
            raise SettingError(
                "part_column",
                f"Column {self.part_column!r} cannot name both groups and parts.",
                "Choose one role for it.",
            )

    @property
    def format(self) -> TableFormat:
        """How the file is written."""
        return TableFormat(**{f.name: getattr(self, f.name) for f in fields(TableFormat)})

    @property
    def source(self) -> Source:
        """Where the table is: in a file, or in the lines that were pasted."""
        return Pasted(self.content) if self.content else self.path

    def expected(self) -> Expected | None:
        """About how many rows a large file has."""
        if self.content or not self.path:
            return None
        found = estimated_size(self.path, self.format)
        if found is None:
            return None
        rows, width = found
        digits = 2 - len(str(rows))
        count = min(round(rows, digits), self.rows) if self.rows else round(rows, digits)
        return Expected(count, (width,), 8, estimated=True)

    def load(self) -> Samples:
        """The samples of the file. Raises `UserError` with file, place and remedy."""
        return self.read()

    def read(self, progress: Progress | None = None) -> Samples:
        """As `load`, telling `progress` how far it is; see `read_table`."""
        if not self.path and not self.content:
            raise UserError("No file is chosen.", "Import a CSV or TSV file.")
        table = read_table(self.source, self.format, self.rows, progress)
        test = None
        if self.test_file:
            test = read_table(self.test_file, self.format, self.rows, progress)
        return samples_of(self, table, test)


def table_in(source: Source) -> CsvTable:
    """The table in a file or that was pasted, as it seems to be written."""
    found = vars(sniff(source))
    if isinstance(source, Pasted):
        return CsvTable(PASTED_NAME, content=source.lines, **found)
    return CsvTable(str(source), **found)


def samples_of(dataset: CsvTable, table: Table, test: Table | None = None) -> Samples:
    """The samples that `dataset` takes from a table that has been read, and from one for the test
    part.
    """
    if table.uneven_count and dataset.uneven == "stop":
        raise UserError(
            f"{table.name}: {table.uneven_text()}",
            "Correct the file or its delimiter, or choose to skip uneven rows.",
        )
    if len(table.columns) < 2 or table.row_count < 2:
        raise UserError(
            f"{table.name} has {_counted(table.row_count, 'row')} and "
            f"{_counted(len(table.columns), 'column')} of data.",
            "At least two rows and two columns are needed; check the delimiter and the header.",
        )
    table, groups, parts = divided(table, test, dataset.group_column, dataset.part_column)
    dataset = _without_dividing(dataset)
    inputs, targets, notes = _roles(dataset, table)
    rows = _usable_rows(dataset, table, inputs, targets)
    notes += _row_notes(table, inputs + targets, rows)
    encoded = encode_inputs(table, inputs, rows)
    if encoded.x.shape[1] > _WIDEST_INPUT:
        raise UserError(f"The inputs would have {encoded.x.shape[1]} columns.", "Use fewer.")
    y, names, task, target_notes = _targets(table, targets, rows)
    samples = Samples(
        x=encoded.x,
        y=y,
        input_names=encoded.names,
        target_names=names,
        task=task,
        notes=notes + encoded.notes + target_notes,
        class_column=targets[0].name if task == "classification" else "",
        groups=None if groups is None else groups[rows],
        given_parts=None if parts is None else parts[rows],
    )
    shape = image_shape(dataset.images)
    return samples if shape is None else _with_images(table.name, samples, shape)


def _with_images(name: str, samples: Samples, shape: Shape) -> Samples:
    """The samples with their rows as images; the names of the pixels are kept by the dataset."""
    found = (("inputs", samples.input_names),)
    x = as_images(name, samples.x, shape)
    return replace(samples, x=x, input_names=channel_names(shape[0]), found=found)


def _without_dividing(dataset: CsvTable) -> CsvTable:
    """The dataset with the inputs that are left when some columns divide the rows."""
    dividing = (dataset.group_column, dataset.part_column)
    inputs = tuple(name for name in dataset.inputs if name not in dividing)
    return replace(dataset, inputs=inputs)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _roles(dataset: CsvTable, table: Table) -> tuple[list[Reading], list[Reading], tuple[str, ...]]:
    """The input and the target columns, and notes about columns passed over."""
    target_names = dataset.targets or _default_targets(dataset, table)
    decimal = table.format.decimal
    targets = [reading(table.column(name), decimal) for name in target_names]
    if dataset.inputs:
        inputs = [reading(table.column(name), decimal) for name in dataset.inputs]
        skipped = []
    else:
        taken = set(target_names)
        others = [column for column in readings(table) if column.name not in taken]
        inputs = [column for column in others if column.kind != "empty"]
        skipped = [column.name for column in others if column.kind == "empty"]
    if not inputs:
        raise UserError(f"{table.name}: no column is left as input.", "Choose at least one.")
    for column in inputs + targets:
        if column.kind == "empty":
            raise UserError(
                f"{table.name}: column {column.name!r} has no values at all.", "Leave it out."
            )
        _check_magnitude(table, column)
    notes = (f"Without any values and left out: {listed(skipped)}.",) if skipped else ()
    return inputs, targets, notes


def _default_targets(dataset: CsvTable, table: Table) -> tuple[str, ...]:
    taken = set(dataset.inputs)
    free = [c.name for c in readings(table) if c.name not in taken and c.kind != "empty"]
    if not free:
        raise UserError(f"{table.name}: no column is left as target.", "Choose at least one.")
    return (free[-1],)


def _check_magnitude(table: Table, column: Reading) -> None:
    if column.kind != "number":
        return
    magnitude = np.abs(np.nan_to_num(column.values))
    row = int(magnitude.argmax())
    if magnitude[row] > MAXIMUM_VALUE:
        raise UserError(
            f"{table.name}, line {table.line(row)}: column {column.name!r} holds "
            f"{column.values[row]:g}, beyond ±{MAXIMUM_VALUE:g}.",
            "Correct the value, rescale the column, or leave it out.",
        )


def absent(column: Reading) -> NDArray[np.bool_]:
    """Which rows have no usable value in this column."""
    if column.kind != "text":
        return np.isnan(column.values)
    if column.words is None:
        return np.zeros(len(column.values), dtype=np.bool_)
    return np.asarray(column.words == "", dtype=np.bool_)


def _usable_rows(
    dataset: CsvTable, table: Table, inputs: list[Reading], targets: list[Reading]
) -> NDArray[np.intp]:
    """The rows that take part under the policy for missing values."""
    gone = np.zeros(table.row_count, dtype=np.bool_)
    of_inputs = {column.name for column in inputs}
    for column in inputs + targets:
        lacking = absent(column)
        if lacking.any() and dataset.missing == "stop":
            raise _missing_value(table, column, int(lacking.argmax()), int(lacking.sum()))
        # Targets are never invented, and a word has no mean.
        if dataset.missing == "mean" and column.name in of_inputs and column.kind == "number":
            continue
        gone |= lacking
    rows = np.flatnonzero(~gone)
    if len(rows) < 2:
        raise UserError(
            f"{table.name}: {_counted(len(rows), 'row')} of {table.row_count} would be left "
            "without missing values; at least 2 are needed.",
            "Put the mean in place of missing values, or leave out the columns with many.",
        )
    return rows


def _missing_value(table: Table, column: Reading, row: int, count: int) -> UserError:
    return UserError(
        f"{table.name}, line {table.line(row)}: column {column.name!r} has "
        f"{_instead_of_a_value(table, column, row)} "
        f"({_counted(count, 'such cell')} in this column).",
        "Complete the file, or choose to drop such rows or to use the mean.",
    )


def _instead_of_a_value(table: Table, column: Reading, row: int) -> str:
    """What a cell without a usable value holds, as far as the table remembers it."""
    if column.odd_cell is not None and column.odd_cell[0] == row:
        return f"{column.odd_cell[1]!r}, which is not a number"
    if row >= len(table.head):
        return "no value" if column.missing == np.count_nonzero(absent(column)) else "no number"
    cell = table.head[row][table.columns.index(column.column)].strip()
    if not cell or column.kind == "text":
        return "no value"
    return f"{cell[:40]!r}, which is not a finite number"


def _left_out(table: Table, columns: list[Reading], rows: NDArray[np.intp]) -> str:
    """How many rows lack a value and are left out, and the place of the first of them."""
    taken = np.zeros(table.row_count, dtype=np.bool_)
    taken[rows] = True
    first = int(taken.argmin())
    column = next(column for column in columns if absent(column)[first])
    count = table.row_count - len(rows)
    return (
        f"{_counted(count, 'row')} of {table.row_count} left out: line {table.line(first)}, "
        f"column {column.name!r} has {_instead_of_a_value(table, column, first)}"
        f"{_more_rows(count - 1)}."
    )


def _more_rows(count: int) -> str:
    return f"; and {count} more" if count else ""


def _row_notes(table: Table, columns: list[Reading], rows: NDArray[np.intp]) -> tuple[str, ...]:
    notes = list(table.notices)
    if table.uneven_count:
        notes.append(f"Skipped: {table.uneven_text()}")
    if table.truncated:
        notes.append(f"Only the first {table.row_count} rows are read.")
    if len(rows) < table.row_count:
        notes.append(_left_out(table, columns, rows))
    return tuple(notes)


def _targets(
    table: Table, targets: list[Reading], rows: NDArray[np.intp]
) -> tuple[Array, tuple[str, ...], Any, tuple[str, ...]]:
    """Values or classes, their names, the task, and notes."""
    texts = [column for column in targets if column.kind == "text"]
    if texts and len(targets) > 1:
        raise UserError(
            f"{table.name}: the target {texts[0].name!r} is a text, not a number.",
            "Make it the only target, so that its words become classes, or leave it out.",
        )
    if len(targets) == 1 and is_class_column(targets[0], rows):
        return class_columns(table, targets[0], rows)
    y = np.stack([column.values[rows] for column in targets], axis=1)
    answers = len(targets) > 1 and bool(np.isin(y, (0.0, 1.0)).all())
    task = "yes/no" if answers else "regression"
    return y, tuple(column.name for column in targets), task, ()


# ------------------------------------------------------------------ new samples


def read_inputs(
    path: str | Path, names: tuple[str, ...], format: TableFormat | None = None
) -> Array:
    """New samples from a table for a network whose inputs have these `names`.

    Columns are matched by name, whatever their order; where no name fits, by position if the
    number of columns does, or else that of the columns with numbers. A name such as
    "colour = red" is 1 where the column "colour" holds "red". Returns shape (rows, len(names)).
    Raises `UserError` that names the missing columns, or line and column of a value that is not
    there.
    """
    opened_size(path)
    table = read_table(path, format or sniff(path))
    if table.uneven_count:
        raise UserError(f"{table.name}: {table.uneven_text()}", "Correct these rows.")
    if not table.row_count:
        raise UserError(f"{table.name} has no rows below its header.", "Add at least one row.")
    present = {column.name: column for column in readings(table)}
    sources = _sources(table, present, names)
    return np.stack([_input(table, present[s], w) for s, w in sources], axis=1)


def _sources(
    table: Table, present: dict[str, Reading], names: tuple[str, ...]
) -> list[tuple[str, str | None]]:
    """For every input the column it comes from, and the word it stands for."""
    sources = [_source(name, present) for name in names]
    wanted = list(dict.fromkeys(column for column, _ in sources))
    missing = [column for column in wanted if column not in present]
    if not missing:
        return sources
    if len(missing) == len(wanted):
        numbers = [name for name, column in present.items() if column.kind == "number"]
        for names_there in (list(present), numbers):
            if len(names_there) == len(wanted):
                by_position = dict(zip(wanted, names_there, strict=True))
                return [(by_position[column], word) for column, word in sources]
        raise UserError(
            f"{table.name} has {_counted(len(present), 'column')} and none is called "
            f"{listed(wanted, 12)}.",
            f"Name its columns so, in any order, or leave only the {len(wanted)} inputs, in this "
            "order.",
        )
    raise UserError(
        f"{table.name} lacks {_counted(len(missing), 'column')}: {listed(missing, 8)}.",
        f"The network needs columns of these names, in any order: {listed(wanted, 12)}.",
    )


def _source(name: str, present: dict[str, Reading]) -> tuple[str, str | None]:
    if name in present or " = " not in name:
        return name, None
    column, word = name.split(" = ", 1)
    return column, word


def _input(table: Table, column: Reading, word: str | None) -> Array:
    if word is not None:
        return encode_categories(column, word)
    lacking = np.isnan(column.values)
    if lacking.any():
        row = int(lacking.argmax())
        raise _missing_value(table, column, row, int(lacking.sum()))
    _check_magnitude(table, column)
    return column.values


__all__ = ["ColumnSummary", "CsvTable", "TableFormat", "TablePreview", "preview",
           "read_inputs", "samples_of", "sniff"]  # fmt: skip
