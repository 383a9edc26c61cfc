"""Files that cannot be read as a spec at all."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Severity
from cnnspec.diagnostics.span import Source, Span

ERROR = Severity.ERROR


def _whole(path: str) -> Span:
    """The place of a file of which nothing was read."""
    return Source(path, "").span(0, 0)


@code("file-not-found")
def file_not_found(path: str, *, nearest: str | None = None, span: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "file-not-found",
        ERROR,
        f"there is no file {path}",
        span or _whole(path),
        help=f"did you mean {nearest}?" if nearest else "cnnspec list shows the specs that come with cnnspec, and where they are",
    )


@code("file-is-folder")
def file_is_folder(path: str, *, specs: int = 0) -> Diagnostic:
    found = f"; it holds {specs} .cnn file{'s' if specs != 1 else ''}" if specs else ""
    return Diagnostic(
        "file-is-folder",
        ERROR,
        f"{path} is a folder, and one file is wanted here{found}",
        _whole(path),
        help="name one file; check, fmt and list also take folders",
    )


@code("folder-without-specs")
def folder_without_specs(path: str) -> Diagnostic:
    return Diagnostic(
        "folder-without-specs",
        ERROR,
        f"there is no .cnn file in the folder {path}",
        _whole(path),
        help="name a folder that holds .cnn files, or a file of any name",
    )


@code("file-unreadable")
def file_unreadable(path: str, *, reason: str) -> Diagnostic:
    return Diagnostic(
        "file-unreadable",
        ERROR,
        f"{path} cannot be read: {reason}",
        _whole(path),
        help="check its permissions and that it is a file",
    )


@code("file-too-large")
def file_too_large(path: str, *, size: int | None, limit: int) -> Diagnostic:
    found = f"has {size:,} bytes" if size is not None else f"has more than {limit:,} bytes"
    return Diagnostic(
        "file-too-large",
        ERROR,
        f"{path} {found}; a spec has at most {limit:,}",
        _whole(path),
        notes=(f"the limit is {limit // 2**20} MiB, and nothing of the file was parsed",),
        help="state repeated layers once, with * n, repeat or a block",
    )


@code("file-not-utf8")
def file_not_utf8(span: Span, *, byte: int, offset: int, encoding: str | None = None) -> Diagnostic:
    likely = f"the file looks like {encoding}; " if encoding else ""
    return Diagnostic(
        "file-not-utf8",
        ERROR,
        f"the byte 0x{byte:02X} at offset {offset:,} is not UTF-8",
        span,
        here="this byte",
        help=f"{likely}save the file as UTF-8",
    )


@code("file-too-long")
def file_too_long(span: Span, what: str, limit: int) -> Diagnostic:
    """A text that is too long to be read."""
    return Diagnostic(
        "file-too-long",
        ERROR,
        f"this file has more than {limit:,} {what}; it was not read",
        span,
        help="write what is alike once: as a block, with `repeat n { … }`, or `Layer(…) * n`",
    )


@code("file-empty")
def file_empty(path: str) -> Diagnostic:
    return Diagnostic(
        "file-empty",
        ERROR,
        f"{path} is empty",
        _whole(path),
        help="begin with `model Name {`, then a line such as `input 28x28x1`, then layers, then `}`",
    )


@code("no-model")
def no_model(path: str) -> Diagnostic:
    return Diagnostic(
        "no-model",
        ERROR,
        f"{path} states no model",
        _whole(path),
        help="blocks alone are a library; a network begins with `model Name {`",
    )


@code("no-recipe")
def no_recipe(path: str, *, model: str, recipe: str) -> Diagnostic:
    return Diagnostic(
        "no-recipe",
        ERROR,
        f"{path} states no recipe for {model}, so nothing says how to train it",
        _whole(path),
        help=f"add a recipe to the file, such as:\n{recipe}",
    )
