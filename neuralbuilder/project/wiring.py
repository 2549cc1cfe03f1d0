"""Links between layers: which can be drawn, and what happens to them when a layer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from neuralbuilder.engine.layers.base import Layer
from neuralbuilder.problems import UserError
from neuralbuilder.project.model import MAXIMUM_LINKS, Link, Project
from neuralbuilder.project.text import chain


def finished_chain(project: Project) -> tuple[str, ...] | None:
    """All ids from the input to the output where the layers form one line, else None.

    Whether a text can describe all the layers makes no difference.
    """
    graph = project.graph()
    ids = chain(graph)
    if not ids or len(ids) < 2:
        return None
    first, last = graph.layer(ids[0]), graph.layer(ids[-1])
    return ids if first.role == "input" and last.role == "output" else None


def can_connect(project: Project, source: str, target: str) -> str | None:
    """Why no link can lead from `source` to `target`, or None when one can."""
    names = {node.id: node.name for node in project.nodes}
    if source not in names or target not in names:
        return "The layer is no longer there."
    if source == target:
        return "A layer cannot feed itself."
    if Link(source, target) in project.links:
        return f"{names[source]} already feeds {names[target]}."
    giving, taking = project.node(source).layer, project.node(target).layer
    if giving.role == "output":
        return f"{names[source]} is the end of the network and feeds no layer."
    graph = project.graph()
    most = taking.inputs_allowed[1]
    if most == 0:
        return f"{names[target]} takes the data and reads no other layer."
    if _reaches(project, target, source):
        return f"{names[target]} already feeds {names[source]}: values cannot flow in a circle."
    if most is not None and len(graph.sources(target)) >= most:
        feeding = " and ".join(names[s] for s in graph.sources(target))
        several = "one layer only" if most == 1 else f"{most} layers at most"
        return f"{names[target]} reads {several}, and {feeding} is linked to it."
    return None


def _reaches(project: Project, start: str, goal: str) -> bool:
    graph = project.graph()
    waiting, seen = [start], {start}
    while waiting:
        node = waiting.pop()
        if node == goal:
            return True
        fresh = [target for target in graph.targets(node) if target not in seen]
        seen.update(fresh)
        waiting += fresh
    return False


def connect(project: Project, source: str, target: str) -> Project:
    """With a link from `source` to `target`; raises `UserError` with the reason why not."""
    reason = can_connect(project, source, target)
    if reason is not None:
        raise UserError(reason, "Remove the other link first, or choose another layer.")
    return with_links(project, *project.links, Link(source, target))


def disconnect(project: Project, source: str, target: str) -> Project:
    """Without the link from `source` to `target`."""
    return with_links(project, *(link for link in project.links if link != Link(source, target)))


def with_links(project: Project, *links: Link) -> Project:
    """With these links in place of its own; raises `UserError` where there are too many."""
    if len(links) > MAXIMUM_LINKS:
        raise UserError(
            f"The network would have {len(links)} links; the most there can be is {MAXIMUM_LINKS}.",
            "Remove some links first.",
        )
    return replace(project, links=links)


def links_without(links: list[Link], node_id: str, layers: Mapping[str, Layer]) -> list[Link]:
    """The links after a layer has gone, with those before and after it joined where they fit."""
    sources = [link.source for link in links if link.target == node_id]
    targets = [link.target for link in links if link.source == node_id]
    links = [link for link in links if node_id not in (link.source, link.target)]
    if len(sources) > 1 and len(targets) > 1:
        return links
    for joined in (Link(source, target) for source in sources for target in targets):
        taken = sum(link.target == joined.target for link in links)
        most = layers[joined.target].inputs_allowed[1]
        fits = joined not in links and joined.source != joined.target
        if fits and (most is None or taken < most):
            links.append(joined)
    return links
