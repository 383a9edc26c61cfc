"""Texts for the tests of syntax: a file that uses the whole grammar, and random files made from its pieces."""

from __future__ import annotations

import random

WHOLE = """# A file with one of everything.
use "std/resnet.cnn" as r
use "parts.cnn"
let width = 2 * (3 + 4) ** 2 - -1 % 5 // 2

block Unit(filters, kernel_size = 3x3, norm = BatchNorm(epsilon=1e-5),) {
  # own line
  input a, b
  Concat { | a | b }   # trailing
  if in.channels != filters and not (filters > 64 or kernel_size == 1x1) {
    Conv2D(filters, kernel_size, padding=same) -> norm(momentum=0.9)

  } else if filters == 3 { Identity } else { Conv2D(
    filters,  # how many
    1x1,
    # before the last
    use_bias=false,
  ) }
  output out
}

model Net(classes = 10, size = 28) {
  input left: [size, size, 1]
  input right: ?x?x3
  share encoder = r.Basic(64) * 2
  first = left -> encoder -> Conv2D(2 * classes, [3, 1], strides = [1, 2]) :: 24x24x?
  [first, right] -> Add :: [?, ?, 3]
  Multiply { | | GlobalAvgPool2D -> Dense(max(1, in.channels // 16), activation=leaky_relu(0.1)) }
  Add {
    | Conv2D(8, 3x3)
      ReLU  # second of the branch

    # about the next branch
    | # nothing
    |
  } * (classes - 8) -> Flatten :: 1_024
  repeat 3 as i { Dense(64 * (i + 1)) }
  repeat classes {
    Dense(3) -> Dropout(.5)
  }
  let k = [[0, 1, 0], [1, -4, 1]]
  expect params == 44_426
  expect memory.training(batch=64, optimizer=adam) < 2 GiB
  expect coverage(first) ~= 0.413 or output == 10 and true
  expect receptive_field("Net/first") == 18x18
  output first, left
}

block Empty { }

train Net as lecture {
  data = mnist
  let rate = 1e-3
  optimizer = RMSprop(learning_rate=rate)  # the rate
  callbacks = [
    EarlyStopping(monitor=loss, patience=3),
    CSVLogger("log.csv"),  # a file
  ]
  validation = none
  expect accuracy >= 0.985
}
"""


class Writer:
    """Random sound files, with blanks, comments and newlines where the language allows them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def pick(self, *choices: str) -> str:
        return self.rng.choice(choices)

    def name(self) -> str:
        return self.pick("a", "x1", "width", "in.channels", "r.Basic", "output", "B", "none", "true")

    def space(self) -> str:
        return self.pick("", "", " ", "  ", "\t")

    def inner(self) -> str:
        return self.pick("", "", "", " ", "\n", "  \n ", " # note, (unclosed\n")

    def listed(self, items: list[str]) -> str:
        comma = self.pick("", ",") if items else ""
        return self.inner() + f",{self.inner()}".join(items) + comma + self.inner()

    def expression(self, depth: int = 0) -> str:
        kind = self.rng.randrange(4 if depth > 3 else 10)
        if kind == 0:
            return self.pick("1", "2_000", "0.5", "1e-3", ".5", "3.")
        if kind == 1:
            return self.pick("3x3", "?x?x3", "?", '"a # b"', "2 GiB", "relu")
        if kind in (2, 3):
            return self.name()
        if kind == 4:
            return f"[{self.listed([self.expression(depth + 1) for _ in range(self.rng.randrange(4))])}]"
        if kind == 5:
            return f"min({self.listed([self.argument(depth + 1) for _ in range(self.rng.randrange(4))])})"
        if kind == 6:
            return f"({self.inner()}{self.expression(depth + 1)}{self.inner()})"
        if kind == 7:
            return f"{self.pick('-', 'not ', '+')}({self.expression(depth + 1)})"
        operator = self.pick("+", "-", "*", "/", "//", "%", "**", " and ", " or ")
        if kind == 8:
            return f"({self.expression(depth + 1)}){self.space()}{operator}{self.space()}({self.expression(depth + 1)})"
        return f"a{self.space()}{operator}{self.space()}b{self.pick(' + 1', ' * 2', '')}"

    def argument(self, depth: int = 0) -> str:
        return self.pick("", f"key{self.space()}={self.space()}") + self.expression(depth)

    def step(self, depth: int) -> str:
        text = self.pick("Conv2D", "r.Basic", "encoder", "MaxPooling2D", "Flatten")
        if self.rng.random() < 0.6:
            text += f"{self.space()}({self.listed([self.argument(1) for _ in range(self.rng.randrange(4))])})"
        if depth < 3 and self.rng.random() < 0.2:
            branches = "".join(f"|{self.statements(depth + 1)}" for _ in range(self.rng.randrange(1, 4)))
            text += f"{self.space()}{{{self.pick('', self.end())}{branches}}}"
        if self.rng.random() < 0.15:
            text += f" * {self.pick('2', 'n', '(n + 1)', '-1')}"
        return text

    def flow(self, depth: int) -> str:
        steps = f"{self.space()}->{self.space()}".join(self.step(depth) for _ in range(self.rng.randrange(1, 4)))
        target = self.pick("", "", f"y{self.space()}={self.space()}")
        sources = self.pick("", "", f"[{self.listed(['a', 'b'])}] -> ", "a -> ")
        return target + sources + steps + self.pick("", "", " :: 3x3", "::[?, 3]", " :: 2 * k")

    def statement(self, depth: int) -> str:
        kind = self.rng.randrange(10)
        if kind == 0:
            return f"let k = {self.expression()}"
        if kind == 1:
            return f"expect a {self.pick('==', '<', '~=', '>=')} {self.pick('3', '0.5', '18x18')}"
        if kind == 2 and depth < 3:
            other = self.pick("", f" else {{{self.statements(depth + 1)}}}", f" else if b {{{self.statements(depth + 1)}}}")
            return f"if {self.expression()} {{{self.statements(depth + 1)}}}{other}"
        if kind == 3 and depth < 3:
            return f"repeat {self.pick('3', 'n')}{self.pick('', ' as i')} {{{self.statements(depth + 1)}}}"
        if kind == 4:
            return self.pick("input 28x28x1", "input left: ?x3", "output a, b", "share s = Conv2D(3)", "input a, b")
        return self.flow(depth)

    def end(self) -> str:
        return self.pick("\n", "\n", "\r\n", "  # about it\n", "\n\n\n", "\n   # alone\n\n")

    def statements(self, depth: int) -> str:
        parts = [self.statement(depth) for _ in range(self.rng.randrange(4))]
        return self.pick(" ", self.end()) + "".join(part + self.end() for part in parts)

    def recipe(self) -> str:
        keys = ["data", "optimizer", "batch_size", "callbacks"]
        settings = [f"{key} = {self.expression()}" for key in keys[: self.rng.randrange(5)]]
        return "".join(setting + self.end() for setting in settings)

    def file(self) -> str:
        items: list[str] = []
        for _ in range(self.rng.randrange(5)):
            kind = self.rng.randrange(5)
            parameters = self.pick("", f"({self.listed(['a', 'b = ' + self.expression()])})")
            if kind < 2:
                items.append(f"model M{parameters} {{{self.statements(0)}}}")
            elif kind == 2:
                items.append(f"block C{parameters} {{{self.statements(0)}}}")
            elif kind == 3:
                items.append(f"train M{self.pick('', ' as t')} {{\n{self.recipe()}}}")
            else:
                items.append(self.pick('use "a.cnn"', 'use "std/b.cnn" as b', f"let k = {self.expression()}"))
        return self.pick("", self.end()) + "".join(item + self.end() for item in items)


def random_file(seed: int) -> str:
    return Writer(random.Random(seed)).file()
