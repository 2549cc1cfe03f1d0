"""From a network to its text, which `parse` reads back."""

from __future__ import annotations

from collections.abc import Iterator

from neuralbuilder.engine.graph import Graph
from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.engine.layers.dense import Dense, Output
from neuralbuilder.engine.layers.input import Input
from neuralbuilder.parts import Setting, catalogue, settings_of
from neuralbuilder.project.model import Project
from neuralbuilder.project.text.design import Design
from neuralbuilder.project.text.values import write_part, write_space, write_value
from neuralbuilder.project.text.words import dependent, main_settings


def print_design(network: Project | Graph | Design) -> str:
    """The text form: what `parse` reads, for a finished chain.

    An unfinished chain ends in ``…``; a branching network gives a summary, which cannot be read.
    """
    if isinstance(network, Design):
        return " -> ".join(print_layer(layer) for layer in network.layers)
    graph = network.graph() if isinstance(network, Project) else network
    ids = chain(graph)
    if ids is None or not _all_known(graph):
        return _summary(graph, ids is not None)
    items = [print_layer(graph.layer(node)) for node in ids]
    if ids and graph.layer(ids[0]).role != "input":
        items.insert(0, "…")
    if ids and graph.layer(ids[-1]).role != "output":
        items.append("…")
    return " -> ".join(items)


def is_chain(network: Project | Graph) -> bool:
    """Whether the network is a finished chain from one input to one output, so that the text
    form describes all of it.
    """
    graph = network.graph() if isinstance(network, Project) else network
    ids = chain(graph)
    if not ids or len(ids) < 2:
        return False
    first, last = graph.layer(ids[0]), graph.layer(ids[-1])
    return _all_known(graph) and first.role == "input" and last.role == "output"


def _all_known(graph: Graph) -> bool:
    """Whether there are words for every layer: not for those of newer versions."""
    known = set(catalogue("layer"))
    return all(type(layer) in known for _, layer in graph.layers)


def chain(graph: Graph) -> tuple[str, ...] | None:
    """All ids from first to last if the layers form one unbranched line, else None."""
    if len(graph.links) != max(0, len(graph.layers) - 1):
        return None
    starts = [node for node in graph.ids if not graph.sources(node)]
    if len(starts) != 1:
        return () if not graph.layers else None
    ids = [starts[0]]
    while targets := graph.targets(ids[-1]):
        if len(targets) > 1 or len(ids) > len(graph.layers):
            return None
        ids.append(targets[0])
    return tuple(ids) if len(ids) == len(graph.layers) else None


def print_layer(layer: Layer) -> str:
    """One item of the text: what is said about one layer."""
    if isinstance(layer, Input):
        return write_space(layer.shape)
    return " ".join((*_beginning(layer), *_words(layer)))


def _beginning(layer: Layer) -> Iterator[str]:
    """The name and the main values. Some need no name: a dense layer, and one that is all about a
    part, which is among the words.
    """
    if isinstance(layer, Output):
        yield f"R^{layer.units}"
        return
    main = main_settings(type(layer))
    if not isinstance(layer, Dense) and not any(
        s.main and s.type == "part" for s in settings_of(type(layer))
    ):
        yield layer.name
    if main:
        short = len(main) == 1
        yield "@".join(write_value(s, getattr(layer, s.name), short) for s in main)


def _words(layer: Layer) -> Iterator[str]:
    for setting in settings_of(type(layer)):
        value = getattr(layer, setting.name)
        speaker = dependent(type(layer), setting, value)
        if setting.type == "part" and (setting.main or setting.always or value != setting.default):
            yield write_part(value)
        elif setting.word and speaker is not None:
            yield f"{setting.word} {write_value(speaker, getattr(layer, speaker.name))}"
        elif setting.word and (setting.always or value != setting.default):
            yield _spelt(setting, value)


def _spelt(setting: Setting, value: object) -> str:
    if setting.type == "switch":
        return setting.word if value else f"no{setting.word}"
    return f"{setting.word} {write_value(setting, value)}"


def _summary(graph: Graph, unbranched: bool) -> str:
    counts = [_counted(len(graph.layers), "layer"), _counted(len(graph.links), "link")]
    if unbranched:
        return f"{', '.join(counts)} (with a layer that has no words: edit it on the canvas)"
    branches = sum(len(graph.targets(node)) > 1 for node in graph.ids)
    if branches:
        counts.append(_counted(branches, "branch", "branches"))
    return f"{', '.join(counts)} (not a chain: edit it on the canvas)"


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
