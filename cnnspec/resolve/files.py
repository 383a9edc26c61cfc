"""Files that use each other: parsing, ``use``, and the constants of each file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnspec.diagnostics import Diagnostic, Source
from cnnspec.diagnostics.catalogue.names import hides_layer, name_defined_twice, use_cycle, use_path
from cnnspec.layers.registry import own_name
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.scope import FileScope, Scope
from cnnspec.resolve.values import UNKNOWN, Binding, Block
from cnnspec.resources import library_root
from cnnspec.syntax import tree
from cnnspec.syntax.limits import MAX_STATEMENTS
from cnnspec.syntax.parser import parse
from cnnspec.syntax.reading import read_source

Report = Callable[[Diagnostic], None]

LIBRARY_PREFIX = "std/"


class Files:
    """The root file and everything it uses, each read and parsed once.

    No path leaves the folder of the root file or the library's; the root folder of text that has no path is the
    working directory.
    """

    def __init__(self, report: Report, max_statements: int = MAX_STATEMENTS) -> None:
        self.report = report
        self.max_statements = max_statements
        self.sources: list[Source] = []
        self.asked: list[str] = []
        self.files: list[tree.File] = []
        self.root_folder = Path()
        self._loaded: dict[Path, FileScope] = {}
        self._clashing: list[tree.Use] = []
        self._loading: list[tuple[Path, str]] = []

    def load_root(self, source: Source) -> tuple[tree.File, FileScope]:
        """Parse the root file and work out its names."""
        path = Path(source.path)
        on_disk = source.path != "-" and path.is_file()
        self.root_folder = (path.parent if on_disk else Path.cwd()).resolve()
        key = path.resolve() if on_disk else Path("-")
        return self._load(source, key, self.root_folder)

    def _load(self, source: Source, key: Path, folder: Path) -> tuple[tree.File, FileScope]:
        self.sources.append(source)
        result = parse(source, self.max_statements)
        self.files.append(result.file)
        for diagnostic in result.diagnostics:
            self.report(diagnostic)
        scope = FileScope(source)
        self._loading.append((key, source.path))
        self._fill(result.file, scope, folder)
        self._loading.pop()
        self._loaded[key] = scope
        return result.file, scope

    def _fill(self, file: tree.File, scope: FileScope, folder: Path) -> None:
        models: dict[str, tree.ModelDefinition] = {}
        for item in file.items:
            match item:
                case tree.BlockDefinition():
                    self._define_block(item, scope)
                case tree.ModelDefinition():
                    first = models.setdefault(item.name.text, item)
                    if first is not item:
                        self.report(name_defined_twice(item.name.span, name=item.name.text, first=first.name.span))
                case tree.Broken():
                    scope.uncertain = True
                case _:
                    pass
        for item in file.items:
            if isinstance(item, tree.Use):
                self._use(item, scope, folder)
        for item in file.items:
            if isinstance(item, tree.Let):
                self._let(item, scope)

    def _define_block(self, item: tree.BlockDefinition, scope: FileScope) -> None:
        name = item.name.text
        if own_name(name):
            self.report(hides_layer(item.name.span, name=name))
        elif name in scope.blocks:
            self.report(name_defined_twice(item.name.span, name=name, first=scope.blocks[name][1]))
        else:
            scope.blocks[name] = (Block(item, scope), item.name.span)
        first: dict[str, tree.Parameter] = {}
        for parameter in item.parameters:
            known = first.setdefault(parameter.name.text, parameter)
            if known is not parameter:
                span = parameter.name.span
                self.report(name_defined_twice(span, name=parameter.name.text, first=known.name.span))

    def _let(self, item: tree.Let, scope: FileScope) -> None:
        content: object
        try:
            content = Evaluator(Scope(scope)).value(item.value)
        except Rejected as error:
            if error.diagnostic is not None:
                self.report(error.diagnostic)
            content = UNKNOWN
        name = item.name.text
        if name in scope.lets:
            self.report(name_defined_twice(item.name.span, name=name, first=scope.lets[name].span))
        else:
            scope.lets[name] = Binding(content, item.name.span)

    # --- use ---------------------------------------------------------------------------------------------------

    def _use(self, item: tree.Use, scope: FileScope, folder: Path) -> None:
        used = self._open(item, scope, folder)
        if used is None:
            scope.uncertain = True
            return
        if item.alias is not None:
            alias = item.alias.text
            if alias in scope.modules:
                self.report(name_defined_twice(item.alias.span, name=alias, first=scope.modules[alias][1]))
            else:
                scope.modules[alias] = (used, item.alias.span)
            return
        scope.uncertain = scope.uncertain or used.uncertain
        for name, (block, _) in used.blocks.items():
            if name not in used.borrowed:
                self._borrow(name, scope, item, lambda n=name, b=block: scope.blocks.__setitem__(n, (b, item.path.span)))
        for name, binding in used.lets.items():
            if name not in used.borrowed:
                content = Binding(binding.content, item.path.span)
                self._borrow(name, scope, item, lambda n=name, c=content: scope.lets.__setitem__(n, c))

    def _borrow(self, name: str, scope: FileScope, item: tree.Use, take: Callable[[], None]) -> None:
        existing = scope.blocks[name][1] if name in scope.blocks else scope.lets[name].span if name in scope.lets else None
        if existing is not None:
            if item not in self._clashing:  # a file that is used twice clashes in all its names: one of them says it
                self.report(name_defined_twice(item.path.span, name=name, first=existing))
            self._clashing.append(item)
            return
        take()
        scope.borrowed.add(name)

    def _open(self, item: tree.Use, scope: FileScope, folder: Path) -> FileScope | None:
        path = self._locate(item, folder)
        if path is None:
            return None
        if path in self._loaded:
            return self._loaded[path]
        keys = [key for key, _ in self._loading]
        if path in keys:
            chain = [name for _, name in self._loading[keys.index(path) :]]
            self.report(use_cycle(item.path.span, chain=(*(Path(name).name for name in chain), Path(chain[0]).name)))
            return None
        source = read_source(str(path))
        if isinstance(source, Diagnostic):
            self.report(
                use_path(
                    item.path.span,
                    path=item.path.value,
                    reason=source.message,
                    way_out=source.help or "use a file that can be read",
                )
            )
            return None
        shown = Source(self._shown(path), source.text)
        return self._load(shown, path, path.parent)[1]

    def _shown(self, path: Path) -> str:
        """The path of a used file as the root file's was given: relative where that was."""
        root = self.sources[0].path
        try:
            inside = path.relative_to(self.root_folder)
        except ValueError:
            try:
                return str(Path("specs") / path.relative_to(library_root().resolve()))
            except ValueError:
                return str(path)
        return str(Path(root).parent / inside) if root != "-" else str(inside)

    def _locate(self, item: tree.Use, folder: Path) -> Path | None:
        """The file a ``use`` names; None, reported, if it is not there or not allowed."""
        text = item.path.value
        library = library_root().resolve()

        def refuse(reason: str, way_out: str) -> None:
            self.report(use_path(item.path.span, path=text, reason=reason, way_out=way_out))

        if "\\" in text or "\0" in text or Path(text).is_absolute() or (len(text) > 1 and text[1] == ":"):
            refuse("a path is relative and uses /", 'write it relative to this file, such as "blocks/resnet.cnn"')
            return None
        base = library if text.startswith(LIBRARY_PREFIX) else folder
        path = (base / text).resolve()
        allowed = (library,) if text.startswith(LIBRARY_PREFIX) else (self.root_folder, library)
        if not any(path.is_relative_to(root) for root in allowed):
            refuse(
                "the path leaves the folder of the file that is checked", "move the file below that folder, or copy its blocks"
            )
            return None
        self.asked.append(str(path))
        if not path.is_file():
            refuse("there is no such file", self._nearest(base, text))
            return None
        return path

    @staticmethod
    def _nearest(base: Path, text: str) -> str:
        from cnnspec.diagnostics.suggest import closest, listing

        folder = (base / text).parent
        names = sorted(entry.name for entry in folder.glob("*.cnn")) if folder.is_dir() else []
        nearest = closest(Path(text).name, names)
        if nearest:
            return f'did you mean "{Path(text).with_name(nearest).as_posix()}"?'
        return f"files there: {listing(names)}" if names else "the path is relative to this file; std/ is the library"
