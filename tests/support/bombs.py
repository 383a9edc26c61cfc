"""Files that would cost hours or gigabytes if the checker did what they say before it counts.

Each is a small program that crosses a limit of the language, or comes close to one with as much work as can be had for
its length; ``BOMBS`` names it and the codes it may be answered with (none: the file is sound and merely large).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bomb:
    """A text and the code that answers it; an empty code says that the file is sound."""

    text: Callable[[], str]
    code: str


def _model(body: str, before: str = "", source: str = "8x8x1") -> Callable[[], str]:
    return lambda: f"{before}model N {{\n  input {source}\n  {body}\n}}\n"


def _nested_repeats(levels: int, times: int, inside: str) -> str:
    return f"repeat {times} {{ " * levels + inside + " }" * levels


def _doubling(levels: int, body: str = "B{next} -> B{next}", leaf: str = "ReLU") -> str:
    lines = (f"block B{at} {{ {body.format(next=at + 1)} }}\n" for at in range(levels))
    return "".join(lines) + f"block B{levels} {{ {leaf} }}\n"


def _branches(count: int, branch: str = "ReLU") -> str:
    return "Add {\n" + f"  | {branch}\n" * count + "}"


def _branching_blocks(levels: int) -> str:
    """2^levels paths through ``levels`` nested residual blocks."""
    return _doubling(levels, body="Add {{ | B{next} | B{next} }}")


def _fibonacci(levels: int) -> str:
    lines = (f"block B{at} {{ B{at + 1} -> B{at + 2} }}\n" for at in range(levels))
    return "".join(lines) + f"block B{levels} {{ ReLU }}\nblock B{levels + 1} {{ ReLU }}\n"


def _named(count: int) -> str:
    return "\n  ".join(f"a{at} = ReLU" for at in range(count))


def _doubling_constants(levels: int, first: str = "10") -> str:
    lets = "".join(f"let x{at + 1} = x{at} * x{at}\n" for at in range(levels))
    return f"let x0 = {first}\n" + lets


def _doubling_lists(levels: int) -> str:
    lets = "".join(f"let x{at + 1} = [x{at}, x{at}]\n" for at in range(levels))
    return "let x0 = [1, 2]\n" + lets


MIB = 2**20

BOMBS: dict[str, Bomb] = {
    # nested repeats
    "repeat a billion": Bomb(_model("repeat 10**9 { ReLU }"), "too-many-nodes"),
    "repeat a billion of nothing": Bomb(_model("repeat 10**9 { }"), "too-many-nodes"),
    "repeats in repeats": Bomb(_model(_nested_repeats(9, 10, "ReLU")), "too-many-nodes"),
    "repeats in repeats of nothing": Bomb(_model(_nested_repeats(3, 1000, "")), "too-many-nodes"),
    "repeats in repeats of pairs": Bomb(_model(_nested_repeats(60, 2, "ReLU")), "too-many-nodes"),
    "repeats of conditions never met": Bomb(_model(_nested_repeats(3, 1000, "if 1 == 2 { ReLU }")), "too-many-nodes"),
    "repeats that depend on the pass": Bomb(_model("repeat 1000 as i { repeat i as j { repeat j { ReLU } } }"), "too-many-nodes"),
    "repeat of a block that repeats": Bomb(
        _model("repeat 5000 { B }", before="block B { repeat 5000 { ReLU } }\n"), "too-many-nodes"
    ),
    "repeat of ever other layers": Bomb(_model("repeat 99_999 as i { repeat 2 { Dense(i + 1) } }", source="8"), "too-many-nodes"),
    "a layer a billion times": Bomb(_model("ReLU * (10**9)"), "too-many-nodes"),
    "a block times a block": Bomb(_model("B * 400", before="block B { C * 400 }\nblock C { ReLU }\n"), "too-many-nodes"),
    # blocks in blocks
    "blocks that double": Bomb(_model("B0", before=_doubling(60)), "too-many-nodes"),
    "blocks that double with parameters": Bomb(
        _model(
            "B0(1)",
            before="".join(f"block B{at}(n) {{ B{at + 1}(n + 1) -> B{at + 1}(n + 2) }}\n" for at in range(60))
            + "block B60(n) { Dense(n) }\n",
            source="8",
        ),
        "too-many-nodes",
    ),
    "blocks that double into nothing": Bomb(_model("B0", before=_doubling(60, leaf="")), "too-many-nodes"),
    "blocks as Fibonacci's rabbits": Bomb(_model("B0", before=_fibonacci(80)), "too-many-nodes"),
    "blocks that double in branches": Bomb(_model("B0", before=_branching_blocks(60)), "too-many-nodes"),
    "blocks nested deep": Bomb(_model("B0", before=_doubling(5000, body="B{next}")), "blocks-too-deep"),
    "layers as parameters that double": Bomb(
        _model(
            "B0(ReLU)",
            before="".join(f"block B{at}(f) {{ B{at + 1}(f) -> B{at + 1}(f) }}\n" for at in range(60)) + "block B60(f) { f }\n",
        ),
        "too-many-nodes",
    ),
    # nesting of the text
    "brackets nested deep": Bomb(_model("Dense(" + "(" * 100_000 + "1" + ")" * 100_000 + ")"), "nesting-too-deep"),
    "lists nested deep": Bomb(_model("Reshape(" + "[" * 100_000 + "1" + "]" * 100_000 + ")"), "nesting-too-deep"),
    "braces nested deep": Bomb(_model("repeat 1 { " * 50_000 + "ReLU" + " }" * 50_000), "nesting-too-deep"),
    "branches nested deep": Bomb(_model("Add { | ReLU | " * 30_000 + "}" * 30_000), "nesting-too-deep"),
    "signs in a row": Bomb(_model("Dense(" + "-" * 200_000 + "1)"), "nesting-too-deep"),
    "nots in a row": Bomb(_model("if " + "not " * 100_000 + "true { ReLU }"), "nesting-too-deep"),
    "powers in a row": Bomb(_model("Dense(" + "2 ** " * 50_000 + "2)"), "nesting-too-deep"),
    "calls nested deep": Bomb(_model("Dense(" + "min(" * 50_000 + "1" + ")" * 50_000 + ")"), "nesting-too-deep"),
    "brackets opened and never closed": Bomb(_model("(" * 300_000), "parenthesised-flow"),
    "braces opened and never closed": Bomb(_model("repeat 2 { " * 50_000), "nesting-too-deep"),
    # numbers
    "a tower of powers": Bomb(_model("Dense(10**10**10)"), "result-too-large"),
    "a tall tower of powers": Bomb(_model("Dense(9**9**9**9**9**9)"), "result-too-large"),
    "a power of a negative power": Bomb(_model("Dense(2 ** -10**18)"), "argument-value"),
    "a number of a million digits": Bomb(_model("Dense(" + "9" * MIB + ")"), "number-too-large"),
    "an extent of a million digits": Bomb(lambda: f"model N {{ input {'9' * MIB}x8x1\n ReLU }}\n", "number-too-large"),
    "a float of a million digits": Bomb(_model("Dropout(0." + "9" * MIB + ")"), "number-too-large"),
    "a float of a giant exponent": Bomb(_model("Dropout(1e999999999)"), "number-too-large"),
    "constants squared and squared": Bomb(_model("Dense(x60)", before=_doubling_constants(60)), "result-too-large"),
    "floats squared and squared": Bomb(_model("Dropout(x60)", before=_doubling_constants(60, "10.5")), "result-too-large"),
    "a sum of a hundred thousand terms": Bomb(_model("Dense(" + "1 + " * 100_000 + "1)"), "expression-too-long"),
    "an image larger than the world": Bomb(_model("UpSampling2D(2) * 5000"), "size-too-large"),
    "more weights than atoms": Bomb(_model("Conv2D(2**62, 2**31, padding=same)"), "argument-value"),
    # lists and strings
    "lists that double": Bomb(_model("Reshape(x60)", before=_doubling_lists(60)), "list-too-long"),
    "a list multiplied": Bomb(_model("Reshape([1] * 10**9)"), "type-mismatch"),
    "a string of a megabyte": Bomb(_model('CSV("' + "a" * MIB + '")'), "string-too-long"),
    "a name of a megabyte": Bomb(_model("a" * MIB), "name-too-long"),
    "a file of twenty megabytes": Bomb(lambda: "# " + "a" * (20 * MIB) + "\n", "file-too-large"),
    "a file of sixteen megabytes of signs": Bomb(lambda: ")" * (16 * MIB), "file-too-long"),
    "a file of ten megabytes of newlines": Bomb(lambda: "\n" * (10 * MIB), "file-empty"),
    "a million statements on one line": Bomb(_model("ReLU; " * 1_000_000), "too-many-mistakes"),
    "a hundred thousand statements with a mistake each": Bomb(_model("\n  ".join(["Conv2D("] * 100_000)), "file-too-long"),
    # wide
    "a hundred thousand branches": Bomb(_model(_branches(110_000)), "file-too-long"),
    "a hundred thousand empty branches": Bomb(_model(_branches(110_000, branch="")), "file-too-long"),
    "a hundred thousand statements": Bomb(_model("\n  ".join(["ReLU"] * 110_000)), "file-too-long"),
    "a hundred thousand values": Bomb(_model(_named(110_000)), "file-too-long"),
    "a list of a hundred thousand values": Bomb(_model("a = ReLU\n  [" + "a, " * 200_000 + "a] -> Add"), "file-too-long"),
    # many paths, few layers
    "two to the thousandth paths": Bomb(_model("Add { | ReLU | Tanh }\n  " * 1_000), ""),
    "paths through a dense graph": Bomb(
        _model(
            "a0 = ReLU\n  "
            + "\n  ".join(f"a{at} = [" + ", ".join(f"a{before}" for before in range(at)) + "] -> Add" for at in range(2, 150))
            .replace("a1,", "a0,")
            .replace("[a0, a1]", "[a0, a0]")
        ),
        "",
    ),
    # giant maps and windows
    "a kernel of two billion": Bomb(_model("Conv2D(1, 2 * 10**9, padding=same)"), ""),
    "a transposed kernel of two billion behind upsampling": Bomb(
        _model("UpSampling2D(3) -> Conv2DTranspose(1, 2 * 10**9, strides=2) -> Conv2D(1, 10**9)"), ""
    ),
    "upsampling by a million": Bomb(_model("UpSampling2D(10**6) -> AvgPool2D(7)"), ""),
    "a million windows of odd sizes": Bomb(
        _model(
            "AdaptiveAvgPool2D(999_983) -> AdaptiveAvgPool2D(777_777) -> AdaptiveMaxPool2D(10_007)", source="1000003x1000003x1"
        ),
        "",
    ),
    "three thousand values of one name": Bomb(_model(_branches(3_000, branch="a = ReLU")), ""),
    "rates of many primes": Bomb(
        _model(
            "\n  ".join(
                f"UpSampling2D({up}) -> MaxPool2D({down})"
                for up, down in ((3, 2), (5, 29), (7, 31), (11, 37), (13, 41), (17, 43), (19, 47), (23, 53))
            ),
            source="?x?x1",
        ),
        "",
    ),
    "a merge for every prime": Bomb(
        _model(
            "\n  ".join(f"Add {{ | MaxPool2D({p}) -> UpSampling2D({p}) | }}" for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)),
            source="?x?x1",
        ),
        "",
    ),
    # recipes
    "a recipe of a hundred thousand callbacks": Bomb(
        lambda: "model N { input 8\n Dense(2) }\ntrain N {\n  callbacks = [" + "TerminateOnNaN, " * 100_000 + "]\n}\n",
        "list-too-long",
    ),
    "a claim of a hundred thousand terms": Bomb(
        _model("ReLU\n  expect " + "params + " * 100_000 + "1 == 2"), "expression-too-long"
    ),
}
