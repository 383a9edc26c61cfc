"""The entry of this floor: a source text to networks and recipes."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from cnnspec.diagnostics import Diagnostic, Source
from cnnspec.diagnostics.catalogue.arguments import unknown_setting
from cnnspec.recipe.recipe import Recipe
from cnnspec.record import field, record
from cnnspec.resolve.body import Watch
from cnnspec.resolve.builder import DEFAULT_MAX_NODES, Budget
from cnnspec.resolve.files import Files
from cnnspec.resolve.model import ModelResolver, Replacement, command_line
from cnnspec.resolve.recipes import resolve_recipe
from cnnspec.resolve.result import Resolution, ResolvedRecipe
from cnnspec.syntax import tree
from cnnspec.syntax.limits import MAX_STATEMENTS
from cnnspec.syntax.parser import parse

#: Python frames that the deepest file within the limits can need.
_FRAMES = 20_000


@record
class Settings:
    """What the caller replaces or limits.

    Attributes:
        replace: values as text by name: ``classes`` for a model's parameter, ``train.epochs`` for a recipe's key.
        input: extents (and channels) that stand in for the ``?`` of every input.
        max_nodes: how many nodes may be elaborated.
    """

    replace: Mapping[str, str] = field(default_factory=dict[str, str])
    input: tuple[int, ...] | None = None
    max_nodes: int = DEFAULT_MAX_NODES


DEFAULT = Settings()


class Diagnostics:
    """Collects diagnostics; what a block says at every use alike is kept once."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self._seen: set[tuple[str, str, int, int, str]] = set()

    def __call__(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        key = (diagnostic.code, span.path, span.start, span.end, diagnostic.message)
        if key not in self._seen:
            self._seen.add(key)
            self.found.append(diagnostic)

    def ordered(self, paths: list[str]) -> tuple[Diagnostic, ...]:
        """In the order of the text, the root file first."""
        rank = {path: at for at, path in reversed(list(enumerate(paths)))}
        return tuple(sorted(self.found, key=lambda d: (rank.get(d.span.path, len(rank)), d.span.start, d.span.end)))


def resolve_source(source: Source, settings: Settings = DEFAULT, watch: Watch | None = None) -> Resolution:
    """Everything a source text states, as networks and recipes; never raises for a bad file.

    Args:
        source: the text.
        settings: what is replaced or limited.
        watch: told of the flows of all models, with the shapes of their last values; where a block is used again in the
            very same way, once.
    """
    report = Diagnostics()
    files = Files(report, max(settings.max_nodes, MAX_STATEMENTS))  # each may stand for a node
    with _deep_recursion():
        file, scope = files.load_root(source)
        models, recipes = _replacements(file, settings, report)
        resolver = ModelResolver(scope, report, Budget(settings.max_nodes), models, settings.input, watch)
        definitions = [item for item in file.items if isinstance(item, tree.ModelDefinition)]
        resolved = tuple(resolver.resolve(definition) for definition in definitions)
        for name, (block, _) in scope.blocks.items():
            if name not in scope.borrowed:
                resolver.look_through(block)
        names = tuple(definition.name.text for definition in definitions)
        trained: list[ResolvedRecipe] = [
            resolve_recipe(item, scope, names, recipes, report) for item in file.items if isinstance(item, tree.TrainDefinition)
        ]
    paths = [source.path for source in files.sources]
    return Resolution(
        source,
        report.ordered(paths),
        resolved,
        tuple(trained),
        tuple(files.sources),
        tuple(files.asked),
        tuple(files.files),
        scope,
    )


def _replacements(
    file: tree.File, settings: Settings, report: Diagnostics
) -> tuple[Mapping[str, Replacement], Mapping[str, Replacement]]:
    """The replacements of models and of recipes, each checked to replace something."""
    parameters = {p.name.text for item in file.items if isinstance(item, tree.ModelDefinition) for p in item.parameters}
    models: dict[str, Replacement] = {}
    recipes: dict[str, Replacement] = {}
    for name, text in settings.replace.items():
        source = command_line("--set", f"{name}={text}")
        span = source.span(0, len(name))
        expression = _expression(f"--set {name}", text, report)
        if expression is None:
            continue
        key = name.removeprefix("train.")
        if key != name:
            if key not in Recipe.model_fields:
                report(unknown_setting(span, name=name, owner="a recipe", choices=[f"train.{k}" for k in Recipe.model_fields]))
            recipes[key] = Replacement("--set", key, expression)
        elif name in parameters:
            models[name] = Replacement("--set", name, expression)
        else:
            report(unknown_setting(span, name=name, owner="the model", choices=sorted(parameters)))
    return models, recipes


def _expression(option: str, text: str, report: Diagnostics) -> tree.Expression | None:
    """The expression of a command-line value; what does not parse is reported there."""
    result = parse(command_line(option, f"let value = {text}\n"))
    for diagnostic in result.diagnostics:
        report(diagnostic)
    item = result.file.items[0] if len(result.file.items) == 1 else None
    return item.value if isinstance(item, tree.Let) else None


@contextmanager
def _deep_recursion() -> Generator[None]:
    """Blocks within blocks recurse a few frames a level; the limits of the language bound it, not Python's default."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
