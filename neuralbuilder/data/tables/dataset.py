"""CSV and TSV files as a dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.samples import (
    Expected,
    FileDataset,
    Progress,
    Samples,
    channel_names,
)
from neuralbuilder.data.tables.derived import parse_derived
from neuralbuilder.data.tables.division import divided
from neuralbuilder.data.tables.encoding import RULES, Rule
from neuralbuilder.data.tables.kinds import KindChoices
from neuralbuilder.data.tables.numbers import THOUSANDS
from neuralbuilder.data.tables.pixel_rows import Shape, as_images, image_shape
from neuralbuilder.data.tables.preview import ColumnSummary, TablePreview, preview
from neuralbuilder.data.tables.reading.format import (
    COMMENTS,
    DECIMALS,
    DELIMITERS,
    ENCODINGS,
    LAYOUTS,
    TableFormat,
)
from neuralbuilder.data.tables.reading.pasted import PASTED_NAME, Pasted, Source
from neuralbuilder.data.tables.reading.reader import estimated_size, read_table
from neuralbuilder.data.tables.reading.sniffing import sniff
from neuralbuilder.data.tables.readings import Kind
from neuralbuilder.data.tables.table import Table
from neuralbuilder.data.tables.to_samples import TableChoices, refuse_too_little, samples_from
from neuralbuilder.parts import choice, columns, integer, lines, register, switch, text
from neuralbuilder.problems import SettingError, UserError

RULE_LABELS = (
    "Keep rows", "Drop rows", "Mean", "Median", "Most frequent", "Own value", "Zero", "Stop",
)  # fmt: skip


@register("csv", "Table", "rows → samples")
@dataclass(frozen=True)
class CsvTable(FileDataset):
    """A table in a file: some columns are inputs, others are targets.

    Without chosen targets the target is a column called class, label, target, y or outcome, else
    the last one; without chosen inputs all other columns are inputs, but those that only count or
    name the rows. Words as target are classes; as inputs each of them is one input of 0 and 1.
    What a target of numbers means is only proposed, see `neuralbuilder.data.tasks`.
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
        "keep",
        "Missing values",
        RULES,
        choice_labels=RULE_LABELS,
        help="What to do where an input has no value. Keep takes the median of the training part "
        "for numbers, and for words a word of its own.",
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
    words: tuple[str, ...] = columns((), "Words", help="Columns read as words.")
    numbers: tuple[str, ...] = columns((), "Numbers", help="Columns read as numbers.")
    dates: tuple[str, ...] = columns((), "Dates", help="Columns read as dates.")
    ignored: tuple[str, ...] = columns((), "Ignored", help="Columns that are neither input nor "
                                       "target.")  # fmt: skip
    thousands: str = choice(
        "auto",
        "Thousands",
        ("auto", *THOUSANDS),
        choice_labels=(
            "By their pattern", "None", "Comma  1,234", "Point  1.234", "Apostrophe  1'234",
            "Space  1 234",
        ),
        help="What parts the thousands of a number.",
    )  # fmt: skip
    missing_words: tuple[str, ...] = lines(
        (), "Missing words", help="The cells that stand for no value; empty: the usual ones, such "
        "as NA and ?, where they are no words like the others.",
    )  # fmt: skip
    missing_by_column: tuple[str, ...] = lines(
        (), "Missing by column", help="Rules for single columns, such as horsepower=mean.",
    )  # fmt: skip
    most_words: int = integer(
        30, "Most words", minimum=1, maximum=5000,
        help="Of a column with more than 50 words so many of the most frequent ones become inputs, "
        "and one input stands for the others.",
    )  # fmt: skip
    date_parts: bool = switch(
        False, "Hour, weekday, month", help="Dates give sine and cosine of the hour of the day, "
        "the day of the week and the month of the year, too.",
    )  # fmt: skip
    lags: int = integer(
        0, "Rows before", minimum=0, maximum=100, zero_word="none",
        help="The inputs of so many rows before a row are inputs as well, for tables in the order "
        "of time.",
    )  # fmt: skip
    derived: str = text(
        "", "Derived columns", help="Inputs computed from columns, such as area = width * height; "
        "lp = log(price).",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        image_shape(self.images)
        self._check_dividing()
        groups = ("inputs", "targets", "ignored", "words", "numbers", "dates")
        for name in groups:
            chosen: tuple[str, ...] = getattr(self, name)
            if len(set(chosen)) < len(chosen):
                raise SettingError(name, "A column is chosen twice.", "Choose each column once.")
        both = _shared(self.inputs, self.targets)
        if both:
            raise SettingError(
                "inputs",
                f"Column {both!r} is both input and target.",
                "A network would only have to copy it; choose one role.",
            )
        self._refuse_twice("ignored", (*self.inputs, *self.targets), "ignored and input or target")
        self._refuse_twice("numbers", self.words, "numbers and words")
        self._refuse_twice("dates", (*self.words, *self.numbers), "dates and something else")
        self.choices()

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

    def _refuse_twice(self, setting: str, others: tuple[str, ...], what: str) -> None:
        name = _shared(getattr(self, setting), others)
        if name:
            raise SettingError(setting, f"Column {name!r} is chosen as {what}.", "Choose one.")

    @property
    def format(self) -> TableFormat:
        """How the file is written."""
        found = TableFormat(**{f.name: getattr(self, f.name) for f in fields(TableFormat)})
        if self.decimal != self.thousands:
            return found
        # What parts thousands cannot be the decimal sign.
        return replace(found, decimal="comma" if self.decimal == "point" else "point")

    def choices(self) -> TableChoices:
        """What is chosen about the columns. Raises `SettingError` for rules or formulas that
        cannot be read.
        """
        dividing = (self.group_column, self.part_column)
        # A pixel that is missing has no likely value.
        rule = "drop" if self.images and self.missing == "keep" else self.missing
        named = (("words", self.words), ("numbers", self.numbers), ("dates", self.dates))
        kinds = {name: cast(Kind, kind) for kind, names in named for name in names}
        return TableChoices(
            inputs=tuple(name for name in self.inputs if name not in dividing),
            targets=self.targets,
            ignored=self.ignored,
            kinds=KindChoices(kinds, self.missing_words, self.thousands),
            rule=cast(Rule, rule),
            rules=tuple(_rule(line) for line in self.missing_by_column),
            most_words=self.most_words,
            date_parts=self.date_parts,
            lags=self.lags,
            derived=parse_derived(self.derived),
        )

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
    refuse_too_little(table)
    first = table.row_count
    table, groups, parts = divided(table, test, dataset.group_column, dataset.part_column)
    samples, rows = samples_from(table, dataset.choices())
    samples = replace(
        samples,
        groups=None if groups is None else groups[rows],
        given_parts=None if parts is None else parts[rows],
        rows=None if len(rows) == first == table.row_count else _numbers(rows, first),
    )
    shape = image_shape(dataset.images)
    return samples if shape is None else _with_images(table.name, samples, shape)


def _numbers(rows: NDArray[np.intp], first: int) -> NDArray[np.intp]:
    """The numbers of these rows, counted from 1; those behind the `first` ones are of a second
    table, which has numbers of its own.
    """
    return np.where(rows < first, rows, rows - first) + 1


def _with_images(name: str, samples: Samples, shape: Shape) -> Samples:
    """The samples with their rows as images; the names of the pixels are kept by the dataset."""
    found = (("inputs", samples.input_names),)
    x = as_images(name, samples.x, shape)
    names = channel_names(shape[0])
    return replace(samples, x=x, input_names=names, found=found, encoding=None)


def _shared(first: Iterable[str], second: Iterable[str]) -> str:
    """The first name that stands in both; "" where none does."""
    taken = set(second)
    return next((name for name in first if name in taken), "")


def _rule(line: str) -> tuple[str, Rule]:
    """The column and the rule in a line such as ``horsepower=mean``."""
    name, sign, rule = (part.strip() for part in line.rpartition("="))
    rule = rule.lower().replace(" ", "_")
    if not sign or not name or rule not in RULES:
        raise SettingError(
            "missing_by_column",
            f"{line!r} is no rule for missing values.",
            f"Write a column, = and one of: {', '.join(RULES)}.",
        )
    return name, rule


__all__ = ["ColumnSummary", "CsvTable", "TableFormat", "TablePreview", "preview", "samples_of",
           "sniff"]  # fmt: skip
