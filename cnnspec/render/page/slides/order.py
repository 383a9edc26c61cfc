"""What a deck shows of a network, and in which order: every layer once, what repeats once for all its uses."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.record import record
from cnnspec.render.graph.scopes import Part, Run, scope_tree


@record
class Layer:
    """A layer with what folds into its card.

    Attributes:
        row: the layer.
        folded: rows of the normalisation, activation and dropout on its card.
        block: the path of the first use of the innermost block around it that is used several times, or nothing.
        times: how many uses of that block the slide stands for.
    """

    row: Row
    folded: tuple[Row, ...] = ()
    block: str = ""
    times: int = 1


@record
class Block:
    """A block that is used several times: its label, and the stretch of rows of every use, the first shown layer by layer."""

    label: str
    uses: tuple[tuple[str, str, int, int], ...]


Item = Layer | Block


def order_of(report: ModelReport) -> list[Item]:
    """Layers and blocks in the order of the network; of a block's later uses nothing."""
    root, chips = scope_tree(report)
    folded: dict[int, list[Row]] = {}
    for at, anchor in enumerate(chips):
        if anchor is not None:
            folded.setdefault(anchor, []).append(report.rows[at])
    uses: dict[str, list[Part]] = {}
    for part in _parts(root):
        uses.setdefault(part.label, []).append(part)
    found: list[Item] = []
    told: set[str] = set()
    pending: list[tuple[int | Part, str, int]] = [(root, "", 1)]
    while pending:
        item, block, times = pending.pop()
        if isinstance(item, int):
            found.append(Layer(report.rows[item], tuple(folded.get(item, ())), block, times))
            continue
        if item.scope is not None and len(alike := uses[item.label]) > 1 and item.cards > 1:
            if item.label in told:
                continue
            told.add(item.label)
            found.append(_block(item, alike))
            block, times = item.path, len(alike)
        inside: list[tuple[int, int | Part]] = [(at, at) for at in item.direct if chips[at] is None]
        inside += [(part.first, part) for run in item.runs for part in run.passes]
        pending.extend((one, block, times) for _, one in sorted(inside, key=lambda pair: -pair[0]))
    return found


def _parts(root: Part) -> Iterable[Part]:
    runs: list[Run] = list(root.runs)
    while runs:
        run = runs.pop()
        yield from run.passes
        runs.extend(inner for part in run.passes for inner in part.runs)


def _block(first: Part, alike: list[Part]) -> Block:
    uses = sorted(alike, key=lambda part: part.first)
    label = first.scope.label if first.scope is not None else first.label
    return Block(label, tuple((part.path, part.scope.title if part.scope else "", part.first, part.last) for part in uses))
