"""What ``neuralbuilder bench`` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from neuralbuilder.benchmark import LIBRARIES, OURS, is_quiet, verdict
from neuralbuilder.cli.output import cell, console

if TYPE_CHECKING:
    from rich.table import Table

Row = dict[str, Any]


def show(result: dict[str, Any]) -> None:
    """Print the table, the sections below it and the machine."""
    out = console()
    out.print(_steps_table(result))
    sections = (
        ("products", "Share of the matrix-product limit", _products),
        ("scaling", "Cost of a step", _scaling),
        ("compiling", "From a design to a program", _compiling),
        ("memory", "Memory at its peak", _memory),
    )
    for key, title, cells in sections:
        if key in result:
            out.print(f"\n[bold]{title}[/bold]")
            out.print(_table([cells(row) for row in result[key]]))
    rounds = f"{result['rounds']} round" + ("s" if result["rounds"] > 1 else "")
    out.print(f"\nMicroseconds per training step, median of {rounds}.")
    out.print(cell(result["machine_in_words"]))
    if not is_quiet(result["machine"]):
        out.print(
            "Other programs were running, so these ratios are not those of a quiet machine. "
            "Measure again when they are done.",
            style="bold",
        )


def _steps_table(result: dict[str, Any]) -> Table:
    others = [LIBRARIES[name] for name in result["against"]]
    return _table([_step_cells(row, others) for row in result["rows"]])


def _step_cells(row: Row, others: list[str]) -> dict[str, str]:
    cells = {"Network": row["network"], "Batch, optimizer, loss": row["training"]}
    for name in (*others, OURS):
        time = row["microseconds"].get(name)
        cells[f"{name} µs"] = "–" if time is None else f"{time:,.1f}"
    for name in others:
        ratio = row["times_faster_than"].get(name)
        cells[f"faster than {name}"] = "–" if ratio is None else f"{ratio:.2f}×"
    if row["reached"] is not None:
        cells |= {"Goal": f"≥ {row['goal']:g}×", "Reached": verdict(row)}
    return cells


def _products(row: Row) -> dict[str, str]:
    return {
        "Network": row["network"],
        "Million operations": f"{1e-6 * row['operations_per_step']:,.1f}",
        "Products alone GFLOP/s": f"{row['gflops_of_products']:,.1f}",
        "Whole steps GFLOP/s": f"{row['gflops_of_steps']:,.1f}",
        "Share": f"{100 * row['share']:.0f} %",
    }


def _scaling(row: Row) -> dict[str, str]:
    return {
        "Varied": f"{row['varies']} {row['value']}",
        "Network": row["network"],
        "Batch": str(row["batch"]),
        "Parameters": f"{row['parameters']:,}",
        "µs": f"{row['microseconds']:,.1f}",
        "Time": f"{row['time']:,.1f}×",
        "Operations": f"{row['work']:,.1f}×",
    }


def _compiling(row: Row) -> dict[str, str]:
    return {
        "Network": row["network"],
        "Layers": str(row["layers"]),
        "Parameters": f"{row['parameters']:,}",
        "ms": f"{row['milliseconds']:,.2f}",
    }


def _memory(row: Row) -> dict[str, str]:
    return {
        "Network": row["network"],
        "Measured MB": f"{1e-6 * row['peak_bytes']:,.1f}",
        "Estimated MB": f"{1e-6 * row['estimated_bytes']:,.1f}",
        "Share": f"{100 * row['share']:.0f} %",
    }


def _table(rows: list[dict[str, str]]) -> Table:
    """A table of rows with equal columns; the ones with words stand left."""
    from rich.table import Table

    table = Table(box=None)
    words = ("Network", "Batch, optimizer, loss", "Varied", "Reached")
    for title in rows[0]:
        justify: Literal["left", "right"] = "left" if title in words else "right"
        table.add_column(
            title,
            justify=justify,
            no_wrap=title == "Batch, optimizer, loss",
            min_width=max(map(len, title.split())),
        )
    for row in rows:
        table.add_row(*row.values())
    return table
