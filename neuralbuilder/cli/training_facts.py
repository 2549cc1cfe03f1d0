"""A training run as JSON types: with which settings, along which curves, to which answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuralbuilder.cli.output import PARTS
from neuralbuilder.engine.metrics import predicted_classes
from neuralbuilder.engine.network import Network
from neuralbuilder.parts import to_dict
from neuralbuilder.project.model import Plan, Project, State

if TYPE_CHECKING:
    from neuralbuilder.data.preprocessing import Prepared

AT_ONCE = 1024
"""Samples that go through the network together."""


def settings_of(plan: Plan) -> dict[str, Any]:
    """What decides how a training runs and on which samples, all that is needed to repeat it."""
    return {
        "loss": plan.loss.name,
        "class_weights": to_dict(plan.class_weights),
        "optimizer": to_dict(plan.optimizer),
        "learning_rate": plan.optimizer.rate,
        "batch_size": plan.batch_size,
        "schedule": to_dict(plan.schedule),
        "early_stopping": to_dict(plan.stop_rule),
        "epochs": plan.epochs,
        "l1": plan.l1,
        "l2": plan.l2,
        "clip_norm": plan.clip_norm,
        "clip_value": plan.clip_value,
        "precision": plan.precision,
        "seed": plan.seed,
        "split_seed": plan.split.seed,
        "split": to_dict(plan.split),
        "scaling": plan.preprocessing.name,
        "scale_targets": plan.scale_targets,
        "augmentation": plan.augmentation.name,
    }


def curves_of(log: Mapping[str, Any]) -> dict[str, dict[str, list[float]]]:
    """The curves by name, such as "loss/train": the steps of their points, and the values there.

    A long curve has been thinned evenly to a few thousand points.
    """
    return {
        name: {"steps": points[:, 0].tolist(), "values": points[:, 1].tolist()}
        for name, points in sorted(log.items())
        if name.rpartition("/")[2] in (*PARTS, "mini-batches")
    }


def confusion_of(project: Project, state: State, data: Prepared) -> dict[str, Any] | None:
    """How often each class was taken for each class, in every part of the data that has samples;
    None where the targets are no classes.

    A matrix has one row per right class and one column per given class, in the order of `classes`.
    """
    samples = data.samples
    if samples.task != "classification":
        return None
    network, count = Network(project.graph(), project.plan.precision), len(samples.class_names)
    matrices = {}
    for part in PARTS:
        rows = getattr(data, part)
        if len(rows):
            cells = samples.labels[rows] * count + _given(network, state, data, rows)
            matrices[part] = np.bincount(cells, minlength=count**2).reshape(count, count).tolist()
    return {"classes": samples.class_names, **matrices}


def _given(
    network: Network, state: State, data: Prepared, rows: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The class that the network gives to each of these samples."""
    slices = np.array_split(rows, max(1, -(-len(rows) // AT_ONCE)))
    with np.errstate(all="ignore"):
        found = [
            predicted_classes(network.forward(state.parameters, data.x[some])) for some in slices
        ]
    return np.concatenate(found)
