"""Packages of other people, made visible as if they were installed, without pip."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cnnspec.layers import registry
from cnnspec.recipe.callbacks.packages import announced
from support.markdown import ROOT

BLUR_POOL = ROOT / "examples" / "blur_pool"
TIME_LIMIT = ROOT / "examples" / "time_limit"


def write_metadata(project: Path, folder: Path) -> None:
    """What an installer would leave in ``folder``: a ``.dist-info`` with the entry points, and where the sources lie."""
    stated = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = stated["name"], stated["version"]
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    groups = "".join(_group(name, entries) for name, entries in stated["entry-points"].items())
    (info / "entry_points.txt").write_text(groups, encoding="utf-8")


def _group(name: str, entries: Mapping[str, str]) -> str:
    return f"[{name}]\n" + "".join(f"{kind} = {target}\n" for kind, target in entries.items())


def search_path(project: Path, folder: Path) -> list[str]:
    """What must be on ``sys.path``, metadata included."""
    write_metadata(project, folder)
    return [str(folder), str(project / "src")]


@contextmanager
def visible(project: Path, folder: Path) -> Iterator[None]:
    """The package is installed, as far as this process can tell."""
    path = search_path(project, folder)
    sys.path[:0] = path
    forget()
    try:
        yield
    finally:
        for entry in path:
            sys.path.remove(entry)
        forget()


def forget() -> None:
    """Look entry points up anew."""
    registry.layer_class.cache_clear()
    registry._announced.cache_clear()
    announced.cache_clear()
    table = sys.modules.get("cnnspec.backends.torch_modules.table")  # without Torch it cannot be imported
    if table is not None:
        table._announced.cache_clear()
