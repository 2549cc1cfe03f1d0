"""Samples from a table: roles, rows that take part, inputs and targets, and what to say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.data.notes import listed
from neuralbuilder.data.samples import Samples
from neuralbuilder.data.tables.dates import first_moment, varying_parts
from neuralbuilder.data.tables.derived import Derived, used_columns
from neuralbuilder.data.tables.encoding import (
    ColumnEncoding,
    Encoded,
    Rule,
    TableEncoding,
    encode,
)
from neuralbuilder.data.tables.filling import zero_notes
from neuralbuilder.data.tables.kinds import (
    KindChoices,
    Meaning,
    meaning_notes,
    meanings,
)
from neuralbuilder.data.tables.readings import Reading
from neuralbuilder.data.tables.roles import (
    Candidate,
    Roles,
    candidates,
    proposed_roles,
    without_words,
)
from neuralbuilder.data.tables.rows import RowRules, counted, row_notes, usable_rows
from neuralbuilder.data.tables.table import Table
from neuralbuilder.data.tables.targets import targets_of
from neuralbuilder.problems import UserError

MAXIMUM_VALUE = 1e100
MAXIMUM_WORDS = 50
WIDEST_INPUT = 100_000


@dataclass(frozen=True)
class TableChoices:
    """What has been chosen for a table: roles, kinds, rules; empty where it is to be proposed.

    Of a column with more than `MAXIMUM_WORDS` words the `most_words` most frequent ones are inputs
    of their own. `rules` are those of single columns, `rule` that of all others.
    """

    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    kinds: KindChoices = KindChoices()
    rule: Rule = "keep"
    rules: tuple[tuple[str, Rule], ...] = ()
    most_words: int = 30
    date_parts: bool = False
    lags: int = 0
    derived: tuple[Derived, ...] = ()

    def rule_of(self, name: str) -> Rule:
        """What to do where this column has no value."""
        return dict(self.rules).get(name, self.rule)


def samples_from(table: Table, choices: TableChoices) -> tuple[Samples, NDArray[np.intp]]:
    """The samples that the chosen columns of a table make, and the rows they come from.

    Raises `UserError` with place and remedy.
    """
    refuse_too_little(table)
    _check_names(table, choices)
    found = meanings(table, choices.kinds)
    columns = _Columns.of(table, found, choices)
    for meaning in columns.used:
        _refuse_nothing_read(table, meaning.reading)
        _check_magnitude(table, meaning.reading)
    part = RowRules(columns.readings, columns.target_names, choices.rule_of, choices.lags)
    rows = usable_rows(table, part)
    encoding = _encoding(table, columns, choices, rows)
    width = len(encoding.input_names)
    if width > WIDEST_INPUT:
        raise UserError(f"The inputs would have {width} columns.", "Use fewer.")
    readings = {meaning.name: meaning.reading for meaning in columns.used}
    encoded = encode(table, encoding, readings)
    _refuse_nothing_derived(encoded, encoding)
    targets = [meaning.reading for meaning in columns.targets]
    y, names, task, of_targets = targets_of(table, targets, rows)
    samples = Samples(
        x=encoded.x if len(rows) == table.row_count else encoded.x[rows],
        y=y,
        input_names=encoding.input_names,
        target_names=names,
        task=task,
        notes=(
            *row_notes(table, part, rows),
            *columns.notes,
            *_word_notes(encoding, columns),
            *undefined_notes(encoded.undefined),
            *zero_notes(encoding, {name: gone[rows] for name, gone in encoded.lacking.items()}),
            *of_targets,
        ),
        class_column=targets[0].name if task == "classification" else "",
        encoding=encoding,
    )
    return samples, rows


def refuse_too_little(table: Table) -> None:
    """Raise `UserError` where a table has less than two rows or columns."""
    if len(table.columns) < 2 or table.row_count < 2:
        raise UserError(
            f"{table.name} has {counted(table.row_count, 'row')} and "
            f"{counted(len(table.columns), 'column')} of data.",
            "At least two rows and two columns are needed; check the delimiter and the header.",
        )


def encoding_of_inputs(table: Table) -> tuple[TableEncoding, tuple[str, ...]]:
    """How a table becomes inputs of which every column is one and no row is left out, and notes.

    Raises `UserError` for a column without values.
    """
    found = tuple(meanings(table).values())
    for meaning in found:
        if meaning.kind == "empty":
            raise UserError(f"{table.name}: column {meaning.name!r} has no values at all.",
                            "Leave it out.")  # fmt: skip
        _check_magnitude(table, meaning.reading)
    columns = _Columns(found, (), (), ())
    encoding = _encoding(table, columns, TableChoices(), np.arange(table.row_count))
    return encoding, (*meaning_notes(found), *_word_notes(encoding, columns))


def _check_names(table: Table, choices: TableChoices) -> None:
    """Every column that a choice names must be there."""
    rules = (name for name, _ in choices.rules)
    for name in (*choices.ignored, *choices.kinds.kinds, *rules):
        table.column(name)


# ------------------------------------------------------------------ roles


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns in use: inputs, targets, and those that only formulas name."""

    inputs: tuple[Meaning, ...]
    targets: tuple[Meaning, ...]
    named: tuple[Meaning, ...]
    notes: tuple[str, ...]

    @property
    def used(self) -> tuple[Meaning, ...]:
        return (*self.inputs, *self.targets, *self.named)

    @property
    def readings(self) -> tuple[Reading, ...]:
        return tuple(meaning.reading for meaning in self.used)

    @property
    def target_names(self) -> tuple[str, ...]:
        return tuple(meaning.name for meaning in self.targets)

    @property
    def sources(self) -> tuple[Meaning, ...]:
        return (*self.inputs, *self.named)

    @classmethod
    def of(cls, table: Table, found: Mapping[str, Meaning], choices: TableChoices) -> _Columns:
        inputs, targets, over = _roles(table, found, choices)
        if not inputs and not choices.derived:
            raise UserError(f"{table.name}: no column is left as input.", "Choose at least one.")
        for name in (*inputs, *targets):
            if found[name].kind == "empty":
                raise UserError(
                    f"{table.name}: column {name!r} has no values at all.", "Leave it out."
                )
        named = _named_in_formulas(found, choices, inputs, targets)
        used = [found[name] for name in (*inputs, *targets, *named)]
        notes = (*_passed_over_notes(found, over), *meaning_notes(used))
        return cls(
            tuple(found[name] for name in inputs),
            tuple(found[name] for name in targets),
            tuple(found[name] for name in named),
            notes,
        )


def proposal(
    table: Table, choices: TableChoices, inputs: int | None = None, outputs: int | None = None
) -> Roles:
    """The roles that the columns of a table have where choices leave them open.

    They suit a network with so many inputs and outputs where those are known. Roles that the file
    itself declares come before those that rules find.
    """
    return _proposal(table, meanings(table, choices.kinds), choices, inputs, outputs)


def _proposal(
    table: Table,
    found: Mapping[str, Meaning],
    choices: TableChoices,
    inputs: int | None = None,
    outputs: int | None = None,
) -> Roles:
    for name in (*choices.inputs, *choices.targets):
        table.column(name)
    declared = {name: role for name, role in table.roles.items() if name in found}
    ignored = {*choices.ignored, *(n for n, role in declared.items() if role == "ignore")}
    free = [_sized(c, choices) for c in candidates(table, found) if c.name not in ignored]
    targets = choices.targets or tuple(n for n, role in declared.items() if role == "target")
    if choices.inputs:
        left = [c for c in free if c.name not in choices.inputs]
        return Roles(choices.inputs, targets or proposed_roles(left, None, outputs).targets)
    if inputs is not None and inputs % (1 + choices.lags) == 0:
        inputs = inputs // (1 + choices.lags) - len(choices.derived)
    if targets:
        rest = [c for c in free if c.usable and c.name not in targets]
        return Roles(tuple(c.name for c in without_words(rest, inputs)), targets)
    return proposed_roles(free, inputs, outputs)


def _sized(candidate: Candidate, choices: TableChoices) -> Candidate:
    """The candidate with the number of inputs that it makes under these choices."""
    if candidate.kind == "dates" and choices.date_parts:
        return replace(candidate, width=1 + 2 * candidate.parts)
    if candidate.kind == "words" and candidate.width > max(MAXIMUM_WORDS, choices.most_words):
        return replace(candidate, width=choices.most_words + 1)
    return candidate


def _roles(
    table: Table, found: Mapping[str, Meaning], choices: TableChoices
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The inputs, the targets, and the columns that are passed over."""
    roles = _proposal(table, found, choices)
    if not roles.targets:
        raise UserError(f"{table.name}: no column is left as target.", "Choose at least one.")
    taken = {*roles.inputs, *roles.targets, *choices.ignored}
    over = tuple(n for n, meaning in found.items() if n not in taken and meaning.passed_over)
    return roles.inputs, roles.targets, over


def _named_in_formulas(
    found: Mapping[str, Meaning],
    choices: TableChoices,
    inputs: tuple[str, ...],
    targets: tuple[str, ...],
) -> tuple[str, ...]:
    """Columns that formulas read and that are no inputs themselves."""
    numbers = [name for name, meaning in found.items() if meaning.kind in ("numbers", "dates")]
    named: dict[str, None] = {}
    for place, formula in enumerate(choices.derived):
        earlier = [before.name for before in choices.derived[:place]]
        if formula.name in found:
            raise UserError(f"Derived column {formula.name!r} has the name of a column.",
                            "Give it another name.")  # fmt: skip
        for name in used_columns(formula, [*numbers, *earlier]):
            if name in targets:
                raise UserError(
                    f"Derived column {formula.name!r} reads the target {name!r}.",
                    "What the network is to find out cannot be one of its inputs.",
                )
            if name not in inputs and name not in earlier:
                named[name] = None
    return tuple(named)


def _passed_over_notes(found: Mapping[str, Meaning], over: Sequence[str]) -> tuple[str, ...]:
    empty = [name for name in over if found[name].kind == "empty"]
    notes = [f"Without any values and left out: {listed(empty)}."] if empty else []
    rest = [f"{name!r} ({found[name].passed_over})" for name in over if name not in empty]
    if rest:
        notes.append(f"Left out of the inputs: {listed(rest)}.")
    return tuple(notes)


def _refuse_nothing_read(table: Table, reading: Reading) -> None:
    """Raise `UserError` for a column of which nothing can be read as what it is said to hold."""
    if reading.kind in ("numbers", "dates") and reading.absent.all():
        what = "date" if reading.kind == "dates" else "number"
        word = next(word for word in (*reading.odd, *reading.cells[0]) if word)
        raise UserError(
            f"{table.name}: column {reading.name!r} is to hold {reading.kind}, and none of its "
            f"cells is a {what} (there is {word[:40]!r}).",
            "Read it as words, or leave it out.",
        )


def _refuse_nothing_derived(encoded: Encoded, encoding: TableEncoding) -> None:
    """Raise `UserError` for a formula that has no value in any row."""
    names = encoding.input_names
    for formula in encoding.derived:
        if np.isnan(encoded.x[:, names.index(formula.name)]).all():
            raise UserError(
                f"Derived column {formula.name!r} has no value in any row.",
                f"Mend its formula, {formula.formula}, or leave it out.",
            )


def _check_magnitude(table: Table, reading: Reading) -> None:
    if reading.kind != "numbers":
        return
    magnitude = np.abs(np.nan_to_num(reading.values))
    row = int(magnitude.argmax())
    if magnitude[row] > MAXIMUM_VALUE:
        raise UserError(
            f"{table.name}, line {table.line(row)}: column {reading.name!r} holds "
            f"{reading.values[row]:g}, beyond ±{MAXIMUM_VALUE:g}.",
            "Correct the value, rescale the column, or leave it out.",
        )


# ------------------------------------------------------------------ encoding


def _encoding(
    table: Table, columns: _Columns, choices: TableChoices, rows: NDArray[np.intp]
) -> TableEncoding:
    return TableEncoding(
        format=table.format,
        names=tuple(column.name for column in table.columns),
        columns=tuple(
            _column_encoding(meaning.reading, choices, rows, meaning in columns.inputs)
            for meaning in columns.sources
        ),
        targets=tuple(meaning.name for meaning in columns.targets),
        derived=choices.derived,
        lags=choices.lags,
    )


def _column_encoding(
    reading: Reading, choices: TableChoices, rows: NDArray[np.intp], is_input: bool
) -> ColumnEncoding:
    rule = choices.rule_of(reading.name)
    lacks = bool(reading.absent[rows].any())
    if reading.kind == "words":
        words, others = _words(reading, choices.most_words, rows)
        own = rule in ("keep", "word", "median") and lacks
        return ColumnEncoding(reading.name, reading.how, rule, words, others, own)
    own = rule == "word" and lacks and is_input
    if reading.kind != "dates":
        return ColumnEncoding(reading.name, reading.how, rule, missing_input=own, is_input=is_input)
    times = reading.times[rows]
    return ColumnEncoding(
        reading.name, reading.how, rule, missing_input=own, origin=first_moment(times),
        parts=varying_parts(times) if choices.date_parts and is_input else (), is_input=is_input,
    )  # fmt: skip


def _words(reading: Reading, most: int, rows: NDArray[np.intp]) -> tuple[tuple[str, ...], bool]:
    """The words that become inputs of their own, and whether there are others."""
    words, codes = reading.cells
    numbers = np.bincount(codes[rows], minlength=len(words)).tolist()
    counts: dict[str, int] = {}
    for word, count in zip(words, numbers, strict=True):
        if word and count:
            counts[word] = counts.get(word, 0) + count
    if len(counts) <= max(MAXIMUM_WORDS, most):
        return tuple(sorted(counts)), False
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:most]
    return tuple(sorted(frequent)), True


def _word_notes(encoding: TableEncoding, columns: _Columns) -> tuple[str, ...]:
    different = {m.name: len(m.reading.counts) for m in columns.inputs if m.kind == "words"}
    told = []
    for column in encoding.columns:
        if column.how.kind != "words":
            continue
        rest = different[column.source] - len(column.words)
        parts = [f"one for the {rest} others"] if column.others else []
        parts += ["one for missing values"] if column.missing_input else []
        inside = f" ({', '.join(parts)})" if parts else ""
        told.append(f"{column.source!r} {len(column.names)}{inside}")
    return (f"Words become inputs of 0 and 1: {listed(told)}.",) if told else ()


def undefined_notes(undefined: Mapping[str, int]) -> tuple[str, ...]:
    """Sentences about formulas without a value in some rows."""
    return tuple(
        f"Derived column {name!r} has no value in {counted(count, 'row')}, which is taken as "
        "missing."
        for name, count in undefined.items()
        if count
    )
