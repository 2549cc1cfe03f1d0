"""The benchmark with tiny settings: what is measured, by whom, and how it is told. No times."""

from __future__ import annotations

import json
import os
import sys
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from neuralbuilder.benchmark import (
    CASES,
    OURS,
    Settings,
    installed,
    is_quiet,
    measure,
    sections,
    stages,
)
from neuralbuilder.benchmark.candidates import program_of, torch_model
from neuralbuilder.benchmark.cases import Case, dense, widest
from neuralbuilder.benchmark.machine import in_words
from neuralbuilder.benchmark.markdown import COLUMNS
from neuralbuilder.benchmark.timing import in_turns, ratio
from neuralbuilder.cli.app import cli, main
from neuralbuilder.cli.measuring import measuring_environment
from neuralbuilder.engine.activations import Linear, Softmax, Tanh
from neuralbuilder.engine.losses import CategoricalCrossEntropy, MeanSquaredError
from neuralbuilder.engine.optimizers import Sgd
from neuralbuilder.training.environment import BLAS_VARIABLES

TINY = sections.Pace(rounds=1, seconds=0.001, threads=1)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ------------------------------------------------------------------ the candidates


def copy_into(model: Any, case: Case, parameters: Any) -> None:
    """Give PyTorch's network our weights; its matrices of fully connected layers stand upright."""
    import torch

    views = case.network.layout.views(parameters).values()
    with torch.no_grad():
        for theirs, our in zip(model.parameters(), views, strict=True):
            theirs.copy_(torch.tensor(our.T if our.ndim == 2 else our))


@each_case
def test_pytorch_trains_the_very_same_network(case: Case) -> None:
    torch = pytest.importorskip("torch")
    program = program_of(case, threads=1)
    x, y = (array[: case.batch_size] for array in case.data())
    model = torch_model(case)
    copy_into(model, case, program.parameters)
    program.x[...], program.y[...] = x, y
    program.forward()
    program.measure()
    outputs = model(torch.tensor(x))
    target = torch.tensor(y)
    if case.has_classes:
        loss = torch.nn.functional.cross_entropy(outputs, target.argmax(1))
        outputs = outputs.softmax(1)
    else:
        loss = torch.nn.functional.mse_loss(outputs, target)
    np.testing.assert_allclose(program.output, outputs.detach().numpy(), rtol=1e-3, atol=1e-5)
    assert program.take_loss() == pytest.approx(loss.item(), rel=1e-4)


def test_the_cases_are_nine_and_differ() -> None:
    assert len({case.title for case in CASES}) == len(CASES) == 9
    assert all(case.goal > 1 for case in CASES)
    assert [case.title for case in widest(CASES)] == ["784-128-10 ReLU", "784-512-512-10 ReLU"]


# ------------------------------------------------------------------ measuring


def test_turns_alternate_and_the_first_round_only_warms_up() -> None:
    done: list[str] = []
    names = ("a", "b", "c")
    candidates = {name: lambda count, name=name: done.append(name) for name in names}
    turns = in_turns(candidates, rounds=3, seconds=0.0)
    assert {name: len(times) for name, times in turns.items()} == dict.fromkeys(names, 3)
    assert done == ["a", "b", "c", *"abc", *"cba", *"abc", *"cba"]


def test_the_ratio_is_the_middle_one_of_the_rounds() -> None:
    assert ratio([2.0, 9.0, 40.0], [1.0, 3.0, 10.0]) == 3.0


def test_a_run_of_two_networks() -> None:
    settings = Settings(1, 1, installed(), ("2-4-2-1", "lenet"), seconds=0.001)
    told: list[tuple[int, str]] = []
    result = measure(settings, lambda done, what: told.append((done, what)))
    tiny, lenet = result["rows"]
    assert [row["network"] for row in result["rows"]] == [what for _, what in told]
    assert stages(settings) == len(told) == 2
    names = {"torch": "PyTorch", "sklearn": "scikit-learn"}
    others = {names[name] for name in installed()}
    assert tiny["microseconds"].keys() == others | {OURS}
    assert lenet["microseconds"].keys() == others - {"scikit-learn"} | {OURS}
    for row in (tiny, lenet):
        assert all(time > 0 for time in row["microseconds"].values())
        assert row["times_faster_than"].keys() == row["microseconds"].keys() - {OURS}
        assert all(times > 0 for times in row["times_faster_than"].values())
        if "torch" in installed():
            assert row["reached"] == (row["times_faster_than"]["PyTorch"] >= row["goal"])
    assert json.loads(json.dumps(result)) == result


def test_without_pytorch_no_goal_is_judged() -> None:
    result = measure(Settings(1, 1, (), ("4-3-2",), seconds=0.001))
    assert result["rows"][0]["reached"] is None
    assert "torch" not in result["machine"]


# ------------------------------------------------------------------ the sections


def small(*sizes: int) -> Case:
    layers = dense(*sizes, hidden=Tanh(), output=Linear())
    return Case("small", layers, 32, Sgd(0.1), MeanSquaredError(), goal=1)


def test_operations_are_counted_from_the_shapes() -> None:
    forward = [(3, 5, 32), (2, 4, 32)]
    weights = [(3, 32, 5), (2, 32, 4)]
    found = sections.products(small(4, 3, 2))
    assert sorted(found) == sorted([*forward, *weights, (3, 2, 32)])
    expected = 2 * 32 * (2 * 3 * 5 + 2 * 2 * 4 + 3 * 2)
    assert sections.operations(small(4, 3, 2)) == expected


def test_operations_of_filters_count_every_place() -> None:
    (convolution, its_weights, *output) = sections.products(CASES[6])
    assert convolution == (3, 25, 24 * 24 * 32)
    assert its_weights == (3, 24 * 24 * 32, 25)
    assert output == [(10, 433, 32), (10, 32, 433), (432, 10, 32)]


def test_product_shares() -> None:
    (row,) = sections.product_shares(TINY, (small(40, 30, 20),))
    assert row["operations_per_step"] == sections.operations(small(40, 30, 20))
    assert row["share"] > 0
    assert row["gflops_of_steps"] > 0
    assert row["gflops_of_products"] > 0


@pytest.fixture(scope="module")
def scaling() -> list[dict[str, Any]]:
    return sections.scaling(TINY)


def test_scaling_varies_one_thing_at_a_time(scaling: list[dict[str, Any]]) -> None:
    rows = scaling
    by_kind = {row["varies"]: [r for r in rows if r["varies"] == row["varies"]] for row in rows}
    assert list(by_kind) == ["width", "depth", "batch"]
    for rows in by_kind.values():
        assert rows[0]["time"] == rows[0]["work"] == 1.0
        work = [row["work"] for row in rows]
        assert work == sorted(set(work))
        assert all(row["microseconds"] > 0 for row in rows)
    assert by_kind["batch"][-1]["work"] == 256.0


def test_compiling_and_memory() -> None:
    times = sections.compiling(TINY)
    parameters = [row["parameters"] for row in times]
    assert len(times) == 3
    assert parameters[0] == 23
    assert all(row["milliseconds"] > 0 for row in times)
    for row, case in zip(sections.memory(TINY), widest(CASES), strict=True):
        least = 4 * 4 * case.network.parameter_count if "Adam" in case.training else 0
        assert least < row["peak_bytes"] <= row["estimated_bytes"]


# ------------------------------------------------------------------ the machine


def test_the_environment_has_the_threads_asked_for_and_keeps_the_users_kernels() -> None:
    given = {"OMP_NUM_THREADS": "7", "OPENBLAS_CORETYPE": "Haswell"}
    environment = measuring_environment(given, 2)
    assert {environment[name] for name in BLAS_VARIABLES} == {"2"}
    assert environment["OPENBLAS_CORETYPE"] == "Haswell"


def test_threads_that_are_not_those_asked_for_are_told() -> None:
    blas = {"name": "OpenBLAS", "version": "0.3", "kernels": "Zen", "threads": 4}
    facts: dict[str, Any] = {
        "processor": "P", "cores": 8, "threads": 2, "load_before": 0.25, "python": "3",
        "numpy": "2",
    }  # fmt: skip
    text = in_words({**facts, "blas": [blas], "torch": "2.13", "torch_threads": 1})
    assert text == (
        "P, 8 cores, 2 threads, Python 3, NumPy 2 with OpenBLAS 0.3 Zen (but 4 threads), "
        "PyTorch 2.13 (but 1 thread), load before 0.2"
    )


# ------------------------------------------------------------------ the command


def ok(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(a) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


def test_the_command_prints_a_table_and_writes_json(folder: Path) -> None:
    table = ok("bench", "--against", "sklearn", "--rounds", 1, "--network", "2-4-2-1",
               "--threads", 1, "--json", "numbers.json")  # fmt: skip
    assert "2-4-2-1 tanh" in table
    assert "…" not in table
    assert "faster than scikit-learn" in " ".join(table.split())
    numbers = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["rows"][0]["microseconds"][OURS] > 0
    machine = numbers["machine"]
    assert machine["threads"] == 1
    assert {library["threads"] for library in machine["blas"]} <= {1}
    assert machine["variables"]["OPENBLAS_NUM_THREADS"] == "1"
    texts = chain([numbers["machine_in_words"]], map(str, machine.values()))
    assert not any(os.sep + "lib" in text for text in texts)


def test_markdown_is_the_table_of_the_readme(folder: Path) -> None:
    pytest.importorskip("torch")
    text = ok("bench", "--markdown", "--rounds", 1, "--network", "4-3-2", "--threads", 2,
              "--json", "n.json")  # fmt: skip
    head, rule, row, blank, below = text.splitlines()
    assert head == f"| {' | '.join(COLUMNS)} |"
    assert {line.count("|") for line in (head, rule, row)} == {len(COLUMNS) + 1}
    assert row.startswith("| 4-3-2 tanh | 32, Adam, MSE | ")
    assert blank == ""
    numbers = json.loads((folder / "n.json").read_text(encoding="utf-8"))
    assert numbers["machine"]["torch_threads"] == numbers["machine"]["threads"] == 2
    assert {library["threads"] for library in numbers["machine"]["blas"]} <= {1, 2}
    assert numbers["machine_in_words"] in below
    words = "neuralbuilder bench --against torch --rounds 1 --threads 2 --network 4-3-2"
    assert f"median of 1 round of `{words}`" in below


def test_a_whole_table_can_be_shown(
    scaling: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    from neuralbuilder.cli.bench_tables import show

    row = {
        "network": "N", "training": "T", "goal": 2.5, "reached": False,
        "microseconds": {"PyTorch": 20.0, OURS: 10.0}, "times_faster_than": {"PyTorch": 2.0},
    }  # fmt: skip
    result: dict[str, Any] = {
        "rounds": 7, "against": ["torch"], "machine_in_words": "A machine", "rows": [row],
        "machine": {"load_before": 3.0, "threads": 1, "cores": 2},
        "products": sections.product_shares(TINY, (small(4, 3, 2),)),
        "scaling": scaling,
        "compiling": sections.compiling(TINY),
        "memory": sections.memory(TINY),
    }  # fmt: skip
    show(result)
    text = capsys.readouterr().out
    assert "≥ 2.5×  no" in text
    assert "not those of a quiet machine" in text
    titles = ("Share of the", "Cost of a step", "From a design", "Memory at its peak", "A machine")
    places = [text.index(title) for title in titles]
    assert all(first < second for first, second in pairwise(places))


def test_without_pytorch_one_sentence_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    for arguments in (("--against", "torch"), ("--markdown",)):
        line = refused(capsys, "bench", *arguments)
        assert line.endswith(
            "PyTorch is not installed; pip install 'neuralbuilder[torch]' adds it."
        )
    assert "torch" not in installed()


@pytest.mark.parametrize(
    ("load", "threads", "quiet"),
    [(None, 2, True), (0.2, 2, True), (0.9, 1, True), (0.9, 2, False), (4.0, 1, False)],
)
def test_a_run_is_quiet_where_there_are_cores_enough(
    load: float | None, threads: int, quiet: bool
) -> None:
    assert is_quiet({"load_before": load, "threads": threads, "cores": 2}) is quiet


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--against", "jax"), "jax"),
        (("--rounds", "0"), "--rounds"),
        (("--threads", "0"), "--threads"),
        (("--network", "nothing"), "No network's name contains 'nothing'"),
        (("--json", "no_folder/numbers.json"), "there is no folder no_folder"),
        (("--window", "--against", "sklearn"), "--window measures the window alone"),
        (("--markdown", "--against", "sklearn"), "Add --against torch"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert part in refused(capsys, "bench", *arguments)


def test_cross_entropy_needs_classes_in_the_data() -> None:
    layers = dense(3, 4, 5, hidden=Tanh(), output=Softmax())
    case = Case("classes", layers, 8, Sgd(0.1), CategoricalCrossEntropy(), goal=1)
    _, y = case.data()
    assert y.shape == (8 * 16, 5)
    np.testing.assert_array_equal(y.sum(axis=1), 1)
    assert set(np.unique(y)) == {0.0, 1.0}
