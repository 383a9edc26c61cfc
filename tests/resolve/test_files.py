"""Files that use each other."""

from pathlib import Path

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Diagnostic, Severity
from cnnspec.syntax.reading import read_source
from support.checking import is_lint


def check_file(path: Path) -> list[str]:
    source = read_source(str(path))
    assert not isinstance(source, Diagnostic)
    found = check_source(source).report.diagnostics
    return [d.code for d in found if d.severity is not Severity.INFO and not is_lint(d)]


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.cnn"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_use_brings_blocks_and_lets_but_not_what_a_file_uses_itself(tmp_path: Path):
    write(
        tmp_path,
        blocks__a='use "b.cnn"\nlet width = 6\nblock A { InB -> Conv2D(width, 1x1) }\n',
        blocks__b="let hidden = 3\nblock InB { Conv2D(hidden, 1x1) }\n",
        net='use "blocks/a.cnn"\nmodel N { input 8x8x1\n A -> Conv2D(width, 1x1)\n}\n',
        reach='use "blocks/a.cnn"\nmodel N { input 8x8x1\n InB\n}\n',
    )
    assert check_file(tmp_path / "net.cnn") == []
    assert check_file(tmp_path / "reach.cnn") == ["unknown-layer"]


def test_use_as(tmp_path: Path):
    write(
        tmp_path,
        a="let width = 6\nblock A(n) { Conv2D(n, 1x1) }\n",
        net='use "a.cnn" as a\nmodel N { input 8x8x1\n a.A(4) -> Conv2D(a.width, 1x1) :: 8x8x6\n}\n',
        wrong='use "a.cnn" as a\nmodel N { input 8x8x1\n a.B(4)\n}\n',
    )
    assert check_file(tmp_path / "net.cnn") == []
    assert check_file(tmp_path / "wrong.cnn") == ["unknown-attribute"]


@pytest.mark.parametrize(
    "path", ["../secret.cnn", "/etc/passwd", "sub/../../secret.cnn", "link.cnn", "C:/x.cnn", "..\\\\secret.cnn"]
)
def test_no_path_leaves_the_folder(tmp_path: Path, path: str):
    folder = tmp_path / "inside"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.cnn").write_text("let a = 1\n")
    (folder / "link.cnn").symlink_to(tmp_path / "secret.cnn")
    (folder / "net.cnn").write_text(f'use "{path}"\nmodel N {{ input 8\n Dense(2)\n}}\n')
    assert "use-path" in check_file(folder / "net.cnn")


def test_cycles_clashes_and_mistakes_of_a_used_file(tmp_path: Path):
    write(
        tmp_path,
        a='use "b.cnn"\nblock A { ReLU }\n',
        b='use "a.cnn"\nblock B { ReLU }\n',
        clash='use "c.cnn"\nblock C { ReLU }\nmodel N { input 8x8x1\n C\n}\n',
        c="block C { ReLU }\n",
        broken='use "d.cnn"\nmodel N { input 8x8x1\n D\n}\n',
        d="block D { ReLU(( }\n",
    )
    assert check_file(tmp_path / "a.cnn") == ["use-cycle"]
    assert check_file(tmp_path / "clash.cnn") == ["name-defined-twice"]
    found = check_file(tmp_path / "broken.cnn")
    assert found
    assert "unknown-layer" not in found


def test_the_library_is_always_there(tmp_path: Path):
    write(tmp_path, net='use "std/resnet.cnn"\nmodel N { input 8x8x4\n Basic(4)\n}\n')
    assert check_file(tmp_path / "net.cnn") == []
