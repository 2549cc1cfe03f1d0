"""The options of ``neuralbuilder new`` that say how a table is written and what its columns are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuralbuilder.cli.output import say
from neuralbuilder.problems import UserError

if TYPE_CHECKING:
    from neuralbuilder.data.tables.dataset import CsvTable
    from neuralbuilder.data.tables.roles import Roles
    from neuralbuilder.data.tables.table import Table

_COLUMNS = ("words", "numbers", "dates", "ignored")
_OPTIONS = (
    click.option(
        "--delimiter",
        metavar="WORD",
        help="comma, semicolon, tab, space or bar; what "
        "the file looks like by default, as with the next ones.",
    ),
    click.option("--decimal", metavar="WORD", help="The decimal sign: point or comma."),
    click.option("--encoding", metavar="NAME", help="utf-8, utf-16, windows-1252, latin-1 …"),
    click.option("--header/--no-header", default=None, help="Whether names stand at the top."),
    click.option(
        "--layout",
        metavar="WORD",
        help="plain, row_names (as R writes), names_in_comment (as NumPy writes) or orange.",
    ),
    click.option(
        "--comment",
        metavar="WORD",
        help="Lines that begin so are passed over: hash, percent, "
        "slashes or exclamation; none keeps them.",
    ),
    click.option("--skip", type=int, metavar="N", help="Lines at the top that are passed over."),
    click.option("--skip-below", type=int, metavar="N", help="Rows below the names that are, too."),
    click.option("--sheet", metavar="NAME", help="The sheet of a workbook."),
    click.option("--uneven", metavar="WORD", help="Rows of another length: stop or skip."),
    click.option("--rows", type=int, metavar="N", help="At most so many rows are read."),
    click.option("--words", metavar="COL,…", help="Columns of the table read as words."),
    click.option("--numbers", metavar="COL,…", help="Columns of the table read as numbers."),
    click.option("--dates", metavar="COL,…", help="Columns of the table read as dates."),
    click.option("--ignore", "ignored", metavar="COL,…", help="Columns that are left out."),
    click.option(
        "--missing",
        metavar="RULE|COL=RULE",
        multiple=True,
        help="What to do where a value is missing, for all columns or for one: keep (median, and "
        "for words a word of its own), drop, mean, median, most_frequent, word, zero or stop.",
    ),
    click.option(
        "--missing-words", metavar="WORD,…", help="The cells that stand for a missing value."
    ),
    click.option(
        "--thousands",
        metavar="SIGN",
        help="What parts thousands: auto, none, comma, point, apostrophe or space.",
    ),
    click.option(
        "--most-words",
        type=int,
        metavar="K",
        help="Of a column with more than 50 words the K most frequent ones are inputs.",
    ),
    click.option(
        "--date-parts/--no-date-parts",
        default=None,
        help="Whether dates give hour, weekday and month as sine and cosine, too.",
    ),
    click.option(
        "--lags", type=int, metavar="K", help="The K rows before a row are inputs as well."
    ),
    click.option(
        "--derived", metavar="FORMULAS", help='More inputs, such as "area=width*height;lp=log(p)".'
    ),
)
NAMES = (
    "delimiter", "decimal", "encoding", "header", "layout", "comment", "skip", "skip_below",
    "sheet", "uneven", "rows", "words", "numbers", "dates", "ignored", "missing", "missing_words",
    "thousands", "most_words", "date_parts", "lags", "derived",
)  # fmt: skip


def table_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of tables; it takes what was given as the dict `table`."""

    @wraps(command)
    def taking(**given: Any) -> None:
        table = {name: given.pop(name) for name in NAMES}
        command(table=table, **given)

    wrapped: Callable[..., None] = taking
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def table_settings(given: dict[str, Any]) -> dict[str, Any]:
    """The settings of `CsvTable` that the options which were given stand for."""
    from neuralbuilder.data.tables.roles import chosen_columns

    settings = {name: value for name, value in given.items() if value not in (None, ())}
    for name in (*_COLUMNS, "missing_words"):
        if name in settings:
            text = settings[name]
            settings[name] = (text.strip(),) if text.strip().isdigit() else chosen_columns(text, ())
    rules = settings.pop("missing", ())
    by_column = tuple(rule for rule in rules if "=" in rule)
    for rule in rules:
        if "=" not in rule:
            settings["missing"] = rule.strip().lower().replace(" ", "_").replace("-", "_")
    if by_column:
        settings["missing_by_column"] = by_column
    return settings


def with_roles(
    dataset: CsvTable, sizes: tuple[int | None, int | None], inputs: str | None, targets: str | None
) -> CsvTable:
    """The table with the columns that were asked for, or those that suit a network of these sizes.

    Raises `UserError` where no choice of columns suits.
    """
    from neuralbuilder.data.tables.division import divided
    from neuralbuilder.data.tables.kinds import meanings
    from neuralbuilder.data.tables.reading.reader import read_table
    from neuralbuilder.data.tables.roles import chosen_columns
    from neuralbuilder.data.tables.to_samples import proposal
    from neuralbuilder.parts import changed

    dividing = (dataset.group_column, dataset.part_column)
    table, *_ = divided(read_table(dataset.source, dataset.format), None, *dividing)
    found = meanings(table, dataset.choices().kinds)
    names = [n for n, m in found.items() if m.kind != "empty" and n not in dataset.ignored]
    if inputs is None and targets is None:
        return _proposed(dataset, table, sizes)
    last = chosen_columns(targets or "", names)
    rest = [name for name in names if name not in last]
    first = chosen_columns(inputs or "", rest)
    if targets is None:
        free = [name for name in names if name not in first]
        last = tuple(free if len(free) == sizes[1] else ())
    chosen: CsvTable = changed(dataset, inputs=first, targets=last)
    if first or not last:
        return chosen
    proposed = proposal(table, chosen.choices(), *sizes).inputs
    if not _left_out(table, chosen, proposed):
        return chosen
    fitting: CsvTable = changed(chosen, inputs=proposed)
    return fitting


def _left_out(table: Table, dataset: CsvTable, inputs: tuple[str, ...]) -> bool:
    """Say which columns of words are no inputs, as the network reads numbers alone; whether there
    are any.
    """
    from neuralbuilder.data.notes import listed
    from neuralbuilder.data.tables.kinds import meanings
    from neuralbuilder.data.tables.rows import counted

    found = meanings(table, dataset.choices().kinds)
    taken = {*inputs, *dataset.targets, *dataset.ignored}
    words = [n for n, m in found.items() if m.kind == "words" and n not in taken]
    over = [repr(name) for name in words if not found[name].passed_over]
    if over:
        count = counted(len(inputs), "number")
        say(f"Note: the network reads {count}, so words are left out: {listed(over)}.", err=True)
    return bool(over)


def _proposed(dataset: CsvTable, table: Table, sizes: tuple[int | None, int | None]) -> CsvTable:
    from neuralbuilder.data.tables.to_samples import proposal
    from neuralbuilder.parts import changed

    roles = proposal(table, dataset.choices(), *sizes)
    if not (roles.fits or roles.columns_fit):
        _refuse_unclear(dataset, roles, sizes)
    chosen: CsvTable = changed(dataset, inputs=roles.inputs, targets=roles.targets)
    if not table.roles:
        _left_out(table, chosen, roles.inputs)
        _tell_unfit(roles, sizes[1])
    return chosen


def _tell_unfit(roles: Roles, outputs: int | None) -> None:
    """Say that a column with the name of a target is an input, as it does not fit the outputs."""
    from neuralbuilder.data.tables.roles import TARGET_NAMES

    named = [name for name in roles.inputs if name.strip().lower() in TARGET_NAMES]
    if not named or any(name.strip().lower() in TARGET_NAMES for name in roles.targets):
        return
    what = "1 output" if outputs == 1 else f"{outputs} outputs"
    say(
        f"Note: {named[0]!r} is an input, as what it holds does not fit {what}; the target is "
        f"{' and '.join(roles.targets)}. --targets {named[0]} says otherwise.",
        err=True,
    )


def _refuse_unclear(dataset: CsvTable, roles: Roles, sizes: tuple[int | None, int | None]) -> None:
    from neuralbuilder.parts import changed

    inputs, outputs = sizes
    chosen: CsvTable = changed(dataset, inputs=roles.inputs, targets=roles.targets)
    samples = chosen.load()  # says what is wrong with the table itself
    name, made = Path(dataset.path).name, samples.input_shape[0]
    classes = len(samples.class_names)
    if inputs in (None, made, len(roles.inputs)) and classes and outputs != classes:
        raise UserError(
            f"{name}: the target {roles.targets[0]!r} has {classes} classes, and the network has "
            f"{outputs} {'output' if outputs == 1 else 'outputs'}.",
            f"Give it {classes} outputs, or choose another target with --targets NAME.",
        )
    of_inputs = "any number of" if inputs is None else inputs
    raise UserError(
        f"{name} has {len(roles.inputs) + len(roles.targets)} usable columns, which cannot be told "
        f"apart as {of_inputs} inputs and {outputs} targets; all but {' and '.join(roles.targets)} "
        f"make {made} input{'s'[: made > 1]}.",
        "Choose them with --inputs NAMES --targets NAMES.",
    )
