"""Random programs of the language and edits of them, each with the number of layers that it adds, removes or changes.

Every layer keeps the shape, so that any edit of a sound program is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random

LAYERS = (
    "Conv2D(4, 3x3, padding=same)", "Conv2D(4, 1x1)", "Conv2D(4, 3x3, padding=same, activation=relu)",
    "Conv2D(4, 5x5, padding=same)", "DepthwiseConv2D(3x3, padding=same)", "BatchNorm", "ReLU", "GELU", "Dropout(0.5)",
    "MaxPool2D(3x3, strides=1, padding=same)",
)  # fmt: skip
COMMUTATIVE = ("Add", "Multiply", "Maximum")


@dataclass
class Layer:
    """A call of a layer, perhaps with a name."""

    text: str
    name: str = ""


@dataclass
class Use:
    """A use of a block."""

    block: str


@dataclass
class Merge:
    """A merge of branches that start from the same value."""

    kind: str
    branches: list[Body]


Statement = Layer | Use | Merge
Body = list[Statement]


@dataclass
class Program:
    """A model, and the blocks that it may use; a block uses only those before it."""

    model: Body
    blocks: dict[str, Body] = field(default_factory=dict[str, Body])
    names: int = 0

    @property
    def text(self) -> str:
        """The program as a file."""
        blocks = [f"block {name} {{\n{write(body, 1)}}}\n" for name, body in self.blocks.items() if uses(self, name)]
        return "".join(blocks) + f"model M {{\n  input 6x6x4\n{write(self.model, 1)}}}\n"

    def bodies(self) -> Iterator[tuple[Body, int]]:
        """Every stretch of statements, with how often it stands in the network."""
        yield from inside(self.model, 1)
        for name, body in self.blocks.items():
            if times := uses(self, name):
                yield from inside(body, times)


def write(body: Body, depth: int) -> str:
    """Statements, one a line or more."""
    indent = "  " * depth
    lines: list[str] = []
    for statement in body:
        match statement:
            case Layer(text, name):
                lines.append(f"{indent}{name + ' = ' if name else ''}{text}\n")
            case Use(block):
                lines.append(f"{indent}{block}\n")
            case Merge(kind, branches):
                inner = "".join(f"{indent}  |\n{write(branch, depth + 2)}" for branch in branches)
                lines.append(f"{indent}{kind} {{\n{inner}{indent}}}\n")
    return "".join(lines)


def inside(body: Body, times: int) -> Iterator[tuple[Body, int]]:
    """A body and those of its branches."""
    yield body, times
    for statement in body:
        if isinstance(statement, Merge):
            for branch in statement.branches:
                yield from inside(branch, times)


def uses(program: Program, name: str) -> int:
    """How often a block stands in the network."""
    outer = [("", program.model), *program.blocks.items()]
    found = 0
    for owner, body in outer:
        here = sum(isinstance(s, Use) and s.block == name for part, _ in inside(body, 1) for s in part)
        if here:
            found += here * (uses(program, owner) if owner else 1)
    return found


def draw_program(random: Random) -> Program:
    """A program of a few layers, merges and blocks."""
    program = Program([])
    for number in range(random.randint(0, 2)):
        program.blocks[f"Part{number}"] = draw_body(random, list(program.blocks), 2)
    program.model = draw_body(random, list(program.blocks), 0)
    return program


def draw_body(random: Random, blocks: list[str], depth: int) -> Body:
    """At least one statement."""
    return [draw_statement(random, blocks, depth) for _ in range(random.randint(1, 6 if depth == 0 else 3))]


def draw_statement(random: Random, blocks: list[str], depth: int) -> Statement:
    """A layer, mostly."""
    kind = random.random()
    if kind < 0.25 and blocks:
        return Use(random.choice(blocks))
    if kind < 0.45 and depth < 3:
        branches = [draw_body(random, blocks, depth + 1) for _ in range(random.randint(2, 3))]
        return Merge(random.choice((*COMMUTATIVE, "Concat(axis=1)")) if depth == 9 else random.choice(COMMUTATIVE), branches)
    return Layer(random.choice(LAYERS))


# --- edits -------------------------------------------------------------------------------------------------------------

Edit = Callable[[Program, Random], int]


def insert(program: Program, random: Random) -> int:
    """A layer more."""
    body, times = random.choice(list(program.bodies()))
    body.insert(random.randint(0, len(body)), Layer(random.choice(LAYERS)))
    return times


def remove(program: Program, random: Random) -> int:
    """A layer less; a body keeps at least one statement."""
    body, times = random.choice(list(program.bodies()))
    layers = [at for at, statement in enumerate(body) if isinstance(statement, Layer)]
    if len(body) < 2 or not layers:
        return 0
    del body[random.choice(layers)]
    return times


def change(program: Program, random: Random) -> int:
    """An argument of a convolution."""
    body, times = random.choice(list(program.bodies()))
    layers = [s for s in body if isinstance(s, Layer) and s.text.startswith("Conv2D")]
    if not layers:
        return 0
    layer = random.choice(layers)
    layer.text = random.choice([text for text in LAYERS if text.startswith("Conv2D")])
    return times


def swap_branches(program: Program, random: Random) -> int:
    """Branches of a sum, a product or a maximum in another order."""
    merges = [s for body, _ in program.bodies() for s in body if isinstance(s, Merge) and s.kind in COMMUTATIVE]
    if merges:
        random.shuffle(random.choice(merges).branches)
    return 0


def name_layer(program: Program, random: Random) -> int:
    """A name for a layer."""
    body, _ = random.choice(list(program.bodies()))
    layers = [statement for statement in body if isinstance(statement, Layer)]
    if layers:
        program.names += 1
        random.choice(layers).name = f"named{program.names}"
    return 0


def rename_block(program: Program, random: Random) -> int:
    """Another name for a block."""
    if not program.blocks:
        return 0
    old = random.choice(list(program.blocks))
    program.names += 1
    new = f"Renamed{program.names}"
    program.blocks = {new if name == old else name: body for name, body in program.blocks.items()}
    for owner in (program.model, *program.blocks.values()):
        for body, _ in inside(owner, 1):
            for statement in body:
                if isinstance(statement, Use) and statement.block == old:
                    statement.block = new
    return 0


def write_out(program: Program, random: Random) -> int:
    """A block's statements in the place of one use of it."""
    places = [(body, at) for body, _ in program.bodies() for at, s in enumerate(body) if isinstance(s, Use)]
    if places:
        body, at = random.choice(places)
        used = body[at]
        assert isinstance(used, Use)
        body[at : at + 1] = without_names(deepcopy(program.blocks[used.block]))
    return 0


def without_names(body: Body) -> Body:
    """The statements, their layers unnamed: a name may stand only once."""
    for part, _ in inside(body, 1):
        for statement in part:
            if isinstance(statement, Layer):
                statement.name = ""
    return body


NAMING: tuple[Edit, ...] = (swap_branches, name_layer, rename_block, write_out)
EDITS: tuple[Edit, ...] = (insert, remove, change, *NAMING)
