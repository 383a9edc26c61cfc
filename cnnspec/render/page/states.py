"""Which blocks of a model are open: the states of its graph that the page has, and how one leads to another.

A state is the set of blocks that are open, by the path of their first pass; :data:`EVERYTHING` also draws every pass of
those that are alike. A page can hold only some of the 2ⁿ sets. There always are the steps from nothing to everything, a kind
of block at a time. From the first one on, others follow as they are a click away, as long as they have fewer cards together
than there is room for. A click leads to the nearest state that is there, in which that block is as it was asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from cnnspec.analysis.report import ModelReport
from cnnspec.render.graph.scopes import Part, Run, scope_tree
from cnnspec.render.graph.view import ENOUGH, View, assemble, build_view, every_level, open_until, opened_runs

State = frozenset[str]
EVERYTHING: State = frozenset({"*"})


class States:
    """The states of one model's graph.

    Args:
        report: the model.
        expand: what is open at first, as :func:`~cnnspec.render.graph.view.build_view` takes it.
        room: cards that the states may have together, besides those that are always there.
    """

    def __init__(self, report: ModelReport, expand: str | Sequence[str] | None, room: int) -> None:
        self.report = report
        self.root, self.chips = scope_tree(report)
        self.views: dict[State, View] = {}
        self.first = self._first(expand)
        self.steps = self._steps()
        for state in (self.first, *self.steps):
            self._admit(state)
        self._explore(room)

    @cached_property
    def everything(self) -> State:
        """All that there is, drawn: the set of all blocks, unless one of them is several passes that are alike."""
        repeated = any(run.alike and len(run.passes) > 1 for run in self.runs.values())
        return EVERYTHING if repeated else frozenset(self.runs)

    @cached_property
    def runs(self) -> dict[str, Run]:
        """Every run that can be closed, by the path of its first pass."""
        return {run.passes[0].path: run for run in _walk(self.root) if not run.transparent}

    def opened(self, state: State, path: str) -> State | None:
        """The state in which the block is open, nearest to this one with it."""
        around = {outer for outer in self.runs if path.startswith(f"{outer}/")}
        return self._nearest(state | around | {path}, lambda other: path in other)

    def closed(self, state: State, path: str) -> State | None:
        """The state in which the block is closed, nearest to this one without it."""
        path = self._home(path)
        return self._nearest(
            frozenset(p for p in self._plain(state) if p != path and not p.startswith(f"{path}/")),
            lambda other: path not in other and all(outer in other for outer in self.runs if path.startswith(f"{outer}/")),
        )

    def blocks(self, state: State) -> Iterator[str]:
        """The paths of the closed blocks that are drawn."""
        return (card.path for card in self.views[state].cards if card.run is not None)

    def frames(self, state: State) -> Iterator[str]:
        """The paths of the open ones; every pass that is drawn is one."""
        return (frame.part.path for frame in self.views[state].frames)

    def beside(self, state: State) -> tuple[State | None, State | None]:
        """The steps with the next more cards and the next less."""
        cards = len(self.views[state].cards)
        counts = [(len(self.views[step].cards), step) for step in self.steps]
        return (
            next((step for count, step in counts if count > cards), None),
            next((step for count, step in reversed(counts) if count < cards), None),
        )

    def _first(self, expand: str | Sequence[str] | None) -> State:
        if expand == "all":
            return self.everything
        view = build_view(self.report, expand)
        names = {frame.part.path for frame in view.frames}
        return frozenset(path for path, run in self.runs.items() if any(part.path in names for part in run.passes))

    def _steps(self) -> list[State]:
        """From nothing to everything, the first state among them, by the number of cards."""
        found = {self._of_levels(levels): None for levels in every_level(self.root)}
        found |= {self._of_levels(open_until(self.root, ENOUGH)): None, self.first: None, self.everything: None}
        return sorted(found, key=lambda state: (len(self._view(state).cards), len(state)))

    def _of_levels(self, levels: dict[str, int]) -> State:
        """The blocks that such levels open; what stands in a pass that is like the first is opened there."""
        opened = (run.passes[0].path for run in opened_runs(self.root, levels))
        return frozenset(path for path in opened if path in self.runs)

    def _view(self, state: State) -> View:
        if state == EVERYTHING:
            return build_view(self.report, "all")
        forced = frozenset(id(part) for path in state for part in self.runs[path].passes)
        return assemble(self.report, self.root, self.chips, {}, forced)

    def _admit(self, state: State) -> int:
        """Draw a state; the number of cards that this adds."""
        if state in self.views:
            return 0
        self.views[state] = self._view(state)
        return len(self.views[state].cards)

    def _explore(self, room: int) -> None:
        """Admit what is a click away from what is there, nearest first, as long as there is room."""
        waiting = deque([self.first, *self.steps])
        while waiting and room > 0:
            state = waiting.popleft()
            for target in self._a_click_away(state):
                if target in self.views or room <= 0:
                    continue
                room -= self._admit(target)
                waiting.append(target)

    def _a_click_away(self, state: State) -> list[State]:
        plain = self._plain(state)
        opened = [plain | {path} for path in self.blocks(state)]
        closed = [
            frozenset(p for p in plain if p != home and not p.startswith(f"{home}/"))
            for home in dict.fromkeys(map(self._home, self.frames(state)))
        ]
        return list(dict.fromkeys([*opened, *closed]))

    def _plain(self, state: State) -> State:
        """Everything as the set of all blocks."""
        return frozenset(self.runs) if state == EVERYTHING else state

    def _home(self, path: str) -> str:
        """The path of the run that a pass belongs to."""
        return next((home for home, run in self.runs.items() if any(part.path == path for part in run.passes)), path)

    def _nearest(self, wanted: State, fits: Callable[[State], bool]) -> State | None:
        if wanted in self.views:
            return wanted
        fitting = [state for state in self.views if fits(self._plain(state))]
        return min(fitting, key=lambda state: len(self._plain(state) ^ wanted), default=None)


def _walk(root: Part) -> Iterable[Run]:
    """Every run that may be drawn, outer before inner; of passes that are alike those in the first."""
    pending = deque(root.runs)
    while pending:
        run = pending.popleft()
        yield run
        pending.extend(inner for part in (run.passes[:1] if run.alike else run.passes) for inner in part.runs)
