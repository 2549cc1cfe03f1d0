"""Images that become vectors too early: the layer is named, and one click puts it in its place."""

from __future__ import annotations

import numpy as np
import pytest

from neuralbuilder.problems import Fix, Problem, UserError
from neuralbuilder.project import edits
from neuralbuilder.project.checks import check
from neuralbuilder.project.model import Project
from neuralbuilder.project.text import print_design


def design(text: str) -> Project:
    return edits.set_design(Project(), text)


def the_error(project: Project) -> Problem:
    """The only thing that keeps a design from being computed."""
    (problem,) = [problem for problem in check(project) if problem.severity == "error"]
    return problem


def labels(problem: Problem) -> list[str]:
    return [fix.label for fix in problem.fixes]


@pytest.mark.parametrize(
    ("text", "node", "label", "mended"),
    [
        ("28x28 -> flatten -> conv 3@5x5 -> maxpool 2 -> 10", "conv_1",
         "Move Flatten 1 before Output",
         "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> R^10 linear"),
        ("28x28 -> conv 3@5x5 -> flatten -> maxpool 2 -> 10", "maxpool_1",
         "Move Flatten 1 before Output",
         "28x28 -> conv 3@5x5 relu -> maxpool 2 -> flatten -> R^10 linear"),
        ("28x28 -> flatten -> avgpool 2 -> 7 -> 10", "avgpool_1",
         "Move Flatten 1 before Hidden 1",
         "28x28 -> avgpool 2 -> flatten -> 7 tanh -> R^10 linear"),
        ("28x28 -> flatten -> conv 3@5x5 -> flatten -> 10", "conv_1", "Remove Flatten 1",
         "28x28 -> conv 3@5x5 relu -> flatten -> R^10 linear"),
        ("28x28 -> flatten -> globalavgpool -> 10", "globalavgpool_1", "Remove Flatten 1",
         "28x28 -> globalavgpool -> R^10 linear"),
        ("28x28 -> flatten -> 32 relu -> maxpool 2 -> 10", "maxpool_1",
         "Move Flatten 1 + Hidden 1 before Output",
         "28x28 -> maxpool 2 -> flatten -> 32 relu -> R^10 linear"),
        ("28x28 -> flatten -> dropout 0.5 -> 16 -> conv 2@3x3 -> 10", "conv_1",
         "Move Flatten 1 to Hidden 1 before Output",
         "28x28 -> conv 2@3x3 relu -> flatten -> dropout 0.5 -> 16 tanh -> R^10 linear"),
        ("28x28 -> flatten -> 9 -> conv 2@3x3 -> globalavgpool -> 10", "conv_1",
         "Move Flatten 1 + Hidden 1 before Output",
         "28x28 -> conv 2@3x3 relu -> globalavgpool -> flatten -> 9 tanh -> R^10 linear"),
    ],
)  # fmt: skip
def test_what_makes_a_vector_too_early_goes_behind_the_layers_of_images(
    text: str, node: str, label: str, mended: str
) -> None:
    project = design(text)
    problem = the_error(project)
    assert (problem.node, problem.fix.label) == (node, label)
    assert problem.hint.startswith("Flatten 1 makes a vector of the image")
    after = edits.apply_fix(project, problem.fix)
    assert print_design(after) == mended
    assert not [p for p in check(after) if p.severity == "error"]
    assert {n.id: n.layer for n in after.nodes}.items() <= {
        n.id: n.layer for n in project.nodes
    }.items(), "the same layers, with their weights"


def test_the_layer_is_called_by_its_name() -> None:
    project = edits.rename(design("28x28 -> flatten -> maxpool 2 -> 10"), "flatten_1", "Row by row")
    assert the_error(project).fix.label == "Move Row by row before Output"
    project = edits.rename(project, "flatten_1", "A name that is much longer than the room for it")
    assert the_error(project).fix.label == "Move A name that is much lon… before Output"


def test_a_reshape_layer_stays_a_second_remedy() -> None:
    problem = the_error(design("28x28 -> flatten -> conv 3@5x5 -> 10"))
    assert labels(problem) == ["Move Flatten 1 before Output", "Insert a Reshape layer"]
    assert [fix.node for fix in problem.fixes] == ["output", "conv_1"]


def test_without_an_end_the_flatten_layer_is_removed() -> None:
    project = edits.remove_nodes(design("28x28 -> flatten -> conv 3@5x5 -> 10"), ["output"])
    (problem,) = [p for p in check(project) if p.node == "conv_1" and p.fix]
    assert problem.fix.label == "Remove Flatten 1"
    after = edits.apply_fix(project, problem.fix)
    assert [node.id for node in after.nodes] == ["input", "conv_1"]
    assert not [p for p in check(after) if p.node == "conv_1" and p.severity == "error"]


def test_dense_layers_stay_where_no_image_goes_in_or_the_network_branches() -> None:
    assert labels(the_error(design("4 -> 9 -> conv 3@2x2 -> flatten -> 2"))) == [
        "Insert a Reshape layer"
    ]
    chain = design("28x28 -> flatten -> 9 -> conv 2@3x3 -> 10")
    pasted = edits.paste(chain, edits.fragment(chain, ["flatten_1"]))
    (new,) = edits.added(chain, pasted)
    branching = edits.connect(pasted, "hidden_1", new)
    (problem,) = [p for p in check(branching) if p.node == "conv_1"]
    assert labels(problem) == ["Insert a Reshape layer"]


def test_moved_layers_take_the_places_of_the_chain() -> None:
    project = design("28x28 -> flatten -> 32 -> conv 3@5x5 -> maxpool 2 -> 10")
    after = edits.move_before(project, ["flatten_1", "hidden_1"], "output")
    assert [node.id for node in after.nodes] == [
        "input", "conv_1", "maxpool_1", "flatten_1", "hidden_1", "output",
    ]  # fmt: skip
    places = [(node.x, node.y) for node in after.nodes]
    np.testing.assert_array_equal(places, [(node.x, node.y) for node in project.nodes])
    for ids, target in ((["input"], "output"), (["hidden_1"], "input"), (["hidden_1"], "gone")):
        with pytest.raises(UserError):
            edits.move_before(project, ids, target)


def test_a_remedy_for_layers_that_are_gone_says_so() -> None:
    project = design("28x28 -> flatten -> conv 3@5x5 -> 10")
    assert edits.apply_fix(project, Fix("", node="conv_1", remove=("gone",))) == project
    with pytest.raises(UserError):
        edits.apply_fix(project, Fix("", node="gone", move=("flatten_1",)))


# ------------------------------------------------------------------ kernels that are too large


def test_a_kernel_that_is_too_large_is_padded_or_shrunk() -> None:
    project = design("8x8 -> conv 2@9x5 -> flatten -> 10")
    problem = the_error(project)
    assert labels(problem) == ["Pad to the same size", "Shrink kernel to 8 × 5"]
    for fix, word in zip(problem.fixes, ("2@9x5 relu pad same", "2@8x5 relu"), strict=True):
        after = edits.apply_fix(project, fix)
        assert print_design(after) == f"8x8 -> conv {word} -> flatten -> R^10 linear"
        assert not [p for p in check(after) if p.severity == "error"]
    with_margin = the_error(design("8x8 -> conv 2@13x9 pad 1 -> flatten -> 10"))
    assert labels(with_margin) == ["Shrink kernel to 10 × 9"]
