"""The table of the README."""

from __future__ import annotations

from typing import Any

from neuralbuilder.benchmark.measurement import OURS, verdict

COLUMNS = (
    "Network", "Batch, optimizer, loss", "PyTorch µs", f"{OURS} µs", "Times faster", "Goal",
    "Reached",
)  # fmt: skip


def readme_table(result: dict[str, Any], command: str) -> str:
    """The table of a run against PyTorch in Markdown, with its command and its machine below."""
    lines = [_line(*COLUMNS), _line("---", "---", "---:", "---:", "---:", "---:", "---")]
    lines += [_line(*_cells(row)) for row in result["rows"]]
    rounds = f"{result['rounds']} round" + ("s" if result["rounds"] > 1 else "")
    below = (
        f"Microseconds per training step, median of {rounds} of `{command}`; "
        f"{result['machine_in_words']}."
    )
    return "\n".join([*lines, "", below])


def _cells(row: dict[str, Any]) -> list[str]:
    times = [f"{row['microseconds'][name]:,.1f}" for name in ("PyTorch", OURS)]
    ratio = f"{row['times_faster_than']['PyTorch']:.2f}"
    return [row["network"], row["training"], *times, ratio, f"≥ {row['goal']:g}", verdict(row)]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
