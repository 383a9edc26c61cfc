"""Random files of the language, each with the network that it must resolve to.

A file is drawn as statements; they are written as text, and worked out a second time here, by the rules of the language
alone: which layers there are, in which order, what they read, what they are called and whose weights they use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from cnnspec.ir import Network
from cnnspec.layers.base import Layer, LayerError
from cnnspec.schema.choice import plain_value
from cnnspec.schema.declaration import BindError
from cnnspec.schema.values import CallValue, Word
from support.networks import Builder, make
from support.random_layers import MERGES, PAIRS, draw_layer

#: A value of more elements than this is not worth computing.
MOST_ELEMENTS = 3000
MOST_NODES = 40


@dataclass
class Call:
    """A layer; ``counted``: its number of filters is the block's parameter ``n``."""

    layer: Layer
    counted: bool = False

    def layer_for(self, n: int | None) -> Layer:
        if not self.counted or n is None:
            return self.layer
        return type(self.layer).model_validate({**dict(self.layer), "filters": n})

    def write(self) -> str:
        changed = {name: written(plain_value(value)) for name, value in self.layer.changed().items()}
        if self.counted:
            changed["filters"] = "n"
        arguments = ", ".join(f"{name}={value}" for name, value in changed.items())
        return f"{self.layer.kind}({arguments})" if arguments else self.layer.kind


@dataclass
class Flow:
    """``name = A -> B * 2``: calls with how often each stands there; ``claimed``: with its shape."""

    calls: list[tuple[Call, int]]
    name: str = ""


@dataclass
class Merge:
    """A merge of branches over the current value; an empty one is the identity."""

    layer: Layer
    branches: list[Body]


@dataclass
class Join:
    """``[a, b] -> Add``: values by their names."""

    layer: Layer
    names: list[str]


@dataclass
class Use:
    """A use of a block with its parameter, perhaps with a name, perhaps several times."""

    block: str
    n: int
    times: int = 1
    name: str = ""


@dataclass
class Repeat:
    """``repeat n as i { … }``."""

    times: int
    body: Body


@dataclass
class Condition:
    """``if in.channels == n { … } else { … }``, inside a block."""

    channels: int
    body: Body
    otherwise: Body


@dataclass
class Share:
    """``share name = Layer(…)`` or of a block, and its uses one after the other."""

    name: str
    call: Call | Use
    uses: int


Statement = Flow | Merge | Join | Use | Repeat | Condition | Share
Body = list[Statement]


@dataclass
class File:
    """A drawn file.

    Attributes:
        text: with concrete extents; ``open_text`` is the same with a ``?`` for each.
        network: what the text must resolve to.
        extents: of the input.
    """

    text: str
    open_text: str
    network: Network
    extents: tuple[int, ...]


def written(value: object) -> str:
    """A value as a file states it."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case Word() | int():
            return str(value)
        case float():
            return repr(value)
        case str():
            return value
        case CallValue(name, positional, named):
            arguments = [*map(written, positional), *(f"{key}={written(item)}" for key, item in named)]
            return f"{name}({', '.join(arguments)})"
        case tuple():
            return "[" + ", ".join(map(written, value)) + "]"
        case _:
            raise TypeError(f"{value!r} has no form in a file")


# --- working out ---------------------------------------------------------------------------------------------------------


class Rejected(Exception):
    """The drawn statements make no network, or one too large."""


class Worker(Builder):
    """Works statements out, node by node."""

    def __init__(self, blocks: dict[str, Body]) -> None:
        super().__init__("Drawn")
        self.blocks = blocks

    def run(self, body: Body, scope: str, current: int, n: int | None, names: dict[str, int], start: int) -> int:
        """The index of the last value; ``start`` is the value at the start of the block."""
        for statement in body:
            current = self.step(statement, scope, current, n, names, start)
        return current

    def step(self, statement: Statement, scope: str, current: int, n: int | None, names: dict[str, int], start: int) -> int:
        match statement:
            case Flow(calls, name):
                several = len(calls) > 1 or calls[0][1] != 1
                inner = f"{scope}{name}/" if name and several else scope
                for call, times in calls:
                    for _ in range(times):
                        current = self.apply(call.layer_for(n), inner, "" if several else name, current)
                if name:
                    names[name] = current
            case Merge(layer, branches):
                ends = [self.run(branch, scope, current, n, dict(names), start) for branch in branches]
                current = self.apply(layer, scope, "", *ends)
            case Join(layer, sources):
                current = self.apply(layer, scope, "", *(names[source] for source in sources))
            case Use(block, value, times, name):
                for _ in range(times):
                    path = scope + (name or self.number(scope, block))
                    current = self.run(self.blocks[block], f"{path}/", current, value, {}, current)
                if name:
                    names[name] = current
            case Repeat(times, inside):
                path = scope + self.number(scope, "repeat")
                for index in range(times):
                    current = self.run(inside, f"{path}/{index}/", current, n, dict(names), start)
            case Condition(channels, inside, otherwise):
                taken = inside if self.shape(start).channels == channels else otherwise
                current = self.run(taken, scope, current, n, dict(names), start)
            case Share(name, call, uses):
                current = self.share(name, call, uses, scope, current, n)
        return current

    def share(self, name: str, call: Call | Use, uses: int, scope: str, current: int, n: int | None) -> int:
        """The first use makes the nodes, and every later one the same nodes with its weights."""
        owners: list[int] = []
        shape = self.shape(current)
        for use in range(uses):
            path = scope + (name if use == 0 else f"{name}_{use + 1}")
            first = len(self.nodes)
            given = self.shape(current)
            if use and (given.rank, given.channels) != (shape.rank, shape.channels):
                raise Rejected  # the weights are made for the first
            shape = given
            if isinstance(call, Call):
                current = self.apply(call.layer_for(n), scope, path.removeprefix(scope), current)
            else:
                current = self.run(self.blocks[call.block], f"{path}/", current, call.n, {}, current)
            if use == 0:
                owners = list(range(first, len(self.nodes)))
                continue
            for at, owner in zip(range(first, len(self.nodes)), owners, strict=True):
                if [p.shape for p in self.facts[at].params] != [p.shape for p in self.facts[owner].params]:
                    raise Rejected
                root = self.nodes[owner].shares
                self.nodes[at] = self.nodes[at].model_copy(update={"shares": owner if root is None else root})
        return current

    def apply(self, layer: Layer, scope: str, name: str, *inputs: int) -> int:
        if len(self.nodes) >= MOST_NODES:
            raise Rejected
        try:
            at = self.add(layer, *inputs, name=name or None, scope=scope)
        except LayerError:
            raise Rejected from None
        if self.shape(at).elements > MOST_ELEMENTS:
            raise Rejected
        return at


# --- writing -------------------------------------------------------------------------------------------------------------


def write(body: Body, depth: int) -> str:
    """Statements as text."""
    return "".join(_write(statement, "  " * depth, depth) for statement in body)


def _write(statement: Statement, indent: str, depth: int) -> str:
    match statement:
        case Flow(calls, name):
            steps = [call.write() + (f" * {times}" if times != 1 else "") for call, times in calls]
            return f"{indent}{name + ' = ' if name else ''}{' -> '.join(steps)}\n"
        case Merge(layer, branches):
            inner = "".join(f"{indent}  |\n{write(branch, depth + 2)}" for branch in branches)
            return f"{indent}{Call(layer).write()} {{\n{inner}{indent}}}\n"
        case Join(layer, names):
            return f"{indent}[{', '.join(names)}] -> {Call(layer).write()}\n"
        case Use(block, n, times, name):
            return f"{indent}{name + ' = ' if name else ''}{block}({n}){f' * {times}' if times != 1 else ''}\n"
        case Repeat(times, inside):
            return f"{indent}repeat {times} as i {{\n{write(inside, depth + 1)}{indent}}}\n"
        case Condition(channels, inside, otherwise):
            head = f"{indent}if in.channels == {channels} {{\n{write(inside, depth + 1)}{indent}}}"
            return f"{head} else {{\n{write(otherwise, depth + 1)}{indent}}}\n"
        case Share(name, call, uses):
            shared = call.write() if isinstance(call, Call) else f"{call.block}({call.n})"
            return f"{indent}share {name} = {shared}\n" + f"{indent}{name}\n" * uses


# --- drawing -------------------------------------------------------------------------------------------------------------


@dataclass
class RandomFiles:
    """Draws files: every statement is drawn anew until the network is one.

    Args:
        random: every choice is one of its.
    """

    random: Random
    blocks: dict[str, Body] = field(default_factory=dict[str, Body])
    names: int = 0

    def draw(self) -> File:
        r = self.random
        rank = r.choice((1, 2, 2, 2, 3))
        longest = {1: 16, 2: 9, 3: 6}[rank]
        shape = (*(r.randint(3, longest) for _ in range(rank)), r.choice((1, 2, 3, 4)))
        self.shape = shape
        for number in range(r.choice((0, 1, 1, 2))):
            self.blocks[f"Part{number + 1}"] = self.grow([], r.randint(1, 3), inside=True)
        body = self.grow([], r.randint(1, 5), inside=False)
        worker = Worker(self.blocks)
        worker.run(body, "", worker.input(*shape), None, {}, 0)
        return File(self.text(body, shape), self.text(body, ("?",) * rank + shape[-1:]), worker.network(), shape[:-1])

    def text(self, body: Body, shape: tuple[object, ...]) -> str:
        blocks = "".join(f"block {name}(n) {{\n{write(inside, 1)}}}\n\n" for name, inside in self.blocks.items())
        return f"{blocks}model Drawn {{\n  input {'x'.join(map(str, shape))}\n{write(body, 1)}}}\n"

    def grow(self, body: Body, count: int, *, inside: bool) -> Body:
        """More statements, each of which works after those before it on this file's input."""
        for _ in range(count):
            for _ in range(8):
                more = self.statements(body, inside=inside)
                if more is not None and self.works([*body, *more], inside):
                    body = [*body, *more]
                    break
        return body or [Flow([(Call(make("Identity")), 1)])]

    def works(self, body: Body, inside: bool) -> bool:
        try:
            self.value(body, inside)
        except Rejected:
            return False
        return True

    def value(self, body: Body, inside: bool = False) -> tuple[Worker, int]:
        """The body worked out on the input of the file, as a block with n = 2 if it is one."""
        worker = Worker(self.blocks)
        at = worker.input(*self.shape)
        return worker, worker.run(body, "", at, 2 if inside else None, {}, at)

    def statements(self, body: Body, *, inside: bool) -> list[Statement] | None:
        r = self.random
        worker, at = self.value(body, inside)
        shape = worker.shape(at)
        kind = r.random()
        try:
            if kind < 0.45:
                return [self.flow(shape, inside)]
            if kind < 0.6:
                return [self.merge(shape, inside)]
            if kind < 0.68:
                return self.join(shape, inside)
            if kind < 0.78 and not inside and self.blocks:
                times = r.choice((1, 1, 2))
                return [
                    Use(
                        r.choice(list(self.blocks)),
                        r.randint(1, 4),
                        times,
                        self.name() if times == 1 and r.random() < 0.4 else "",
                    )
                ]
            if kind < 0.86:
                return [Repeat(r.randint(0, 3), [self.flow(shape, inside)])]
            if kind < 0.92:
                block = (
                    Use(r.choice(list(self.blocks)), r.randint(1, 4)) if self.blocks and not inside and r.random() < 0.5 else None
                )
                return [Share(self.name(), block or self.call(shape, inside), r.randint(1, 3))]
            if inside:
                return [Condition(r.choice((1, 2, 4)), [self.flow(shape, inside)], r.choice(([], [self.flow(shape, inside)])))]
        except (BindError, LayerError, Rejected):
            return None
        return None

    def name(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def call(self, shape: object, inside: bool) -> Call:
        layer = draw_layer(self.random, shape)  # type: ignore[arg-type]
        fixed = getattr(layer, "connections", None) is not None or getattr(layer, "groups", 1) != 1
        counted = inside and "filters" in type(layer).model_fields and not fixed and self.random.random() < 0.5
        return Call(layer, counted)

    def flow(self, shape: object, inside: bool) -> Flow:
        r = self.random
        calls: list[tuple[Call, int]] = []
        for _ in range(r.choice((1, 1, 2))):
            call = self.call(shape, inside)
            times = r.choice((1, 1, 1, 2))
            layer = call.layer_for(2)
            for _ in range(times):
                shape = layer.facts(shape).output  # type: ignore[arg-type]
            calls.append((call, times))
        return Flow(calls, self.name() if r.random() < 0.2 else "")

    def merge(self, shape: object, inside: bool) -> Merge:
        r = self.random
        channels = int(shape.channels)  # type: ignore[attr-defined]
        rank = shape.rank  # type: ignore[attr-defined]
        layer = make(r.choice((*MERGES, PAIRS[0])))
        gate = 0 < rank < 4 and r.random() < 0.2
        if gate:
            flow = Flow([(Call(make(f"GlobalAvgPool{rank}D")), 1), (Call(make("Dense", channels, activation="sigmoid")), 1)])
            return Merge(make("Multiply"), [[], [flow]])
        count = 2 if layer.kind in PAIRS else r.choice((2, 2, 3))
        return Merge(layer, [self.branch(shape, inside) for _ in range(count)])

    def branch(self, shape: object, inside: bool) -> Body:
        """Nothing, or a flow that keeps the shape."""
        for _ in range(20):
            if self.random.random() < 0.2:
                return []
            try:
                flow = self.flow(shape, inside)
            except (BindError, LayerError):
                continue
            at = shape
            for call, times in flow.calls:
                for _ in range(times):
                    at = call.layer_for(2).facts(at).output  # type: ignore[arg-type]
            if at == shape:
                return [flow]
        return []

    def join(self, shape: object, inside: bool) -> list[Statement]:
        """Two named values and what joins them."""
        first = self.branch(shape, inside) or [Flow([(Call(make("Identity")), 1)])]
        second = self.branch(shape, inside) or [Flow([(Call(make("ReLU")), 1)])]
        flows = [Flow(body[0].calls, self.name()) for body in (first, second) if isinstance(body[0], Flow)]
        layer = make("Dot", (1, 1)) if self.random.random() < 0.2 else make(self.random.choice(MERGES))
        return [*flows, Join(layer, [flow.name for flow in flows])]
