"""``[tool.cnnspec]``: where it is found, what it says, what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec import api
from cnnspec.api.project import Projects
from cnnspec.diagnostics import Diagnostic
from support.command import run

NET = """model Net(q = 1) {
  input 32x32x3
  Conv2D(16, 4x4, padding=same, activation=relu)
  GlobalAvgPool2D -> Dense(10, activation=softmax)
}
"""
EVEN, UNUSED = "even-kernel-same", "unused-parameter"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a network two levels down, and the working folder."""
    (tmp_path / "nets" / "old").mkdir(parents=True)
    (tmp_path / "nets" / "old" / "net.cnn").write_text(NET)
    (tmp_path / "nets" / "net.cnn").write_text(NET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(text: str, path: str = "pyproject.toml") -> None:
    Path(path).write_text(f"[tool.cnnspec]\n{text}\n")


def codes(path: str = "nets/net.cnn", **options: object) -> list[str]:
    return [d.code for d in api.check(path, **options).diagnostics]  # type: ignore[arg-type]


class TestWhereItIsFound:
    def test_without_one(self) -> None:
        assert codes() == [UNUSED, EVEN]

    def test_upwards(self) -> None:
        settings('ignore = ["unused"]')
        assert codes("nets/old/net.cnn") == [EVEN]
        settings('ignore = ["even"]', "nets/pyproject.toml")
        assert codes("nets/old/net.cnn") == [UNUSED]

    def test_a_file_without_the_table_is_passed_over(self) -> None:
        settings('ignore = ["unused"]')
        Path("nets/pyproject.toml").write_text('[project]\nname = "cnnspec"\n[tool.ruff]\nline-length = 100\n')
        assert codes("nets/old/net.cnn") == [EVEN]
        Path("nets/pyproject.toml").write_text("[tool.cnnspec]\n")
        assert codes("nets/old/net.cnn") == [UNUSED, EVEN]

    @pytest.mark.parametrize("text", ["tool.cnnspec.ignore = ['unused']", "[tool]\ncnnspec = { ignore = ['unused'] }"])
    def test_other_ways_to_write_it(self, text: str) -> None:
        Path("pyproject.toml").write_text(text)
        assert codes() == [EVEN]

    def test_for_standard_input_the_working_folder_counts(self) -> None:
        settings('ignore = ["unused", "even"]')
        assert "warning" not in run("check", "-", given=NET).out

    def test_another_file_or_none(self) -> None:
        settings('ignore = ["unused"]')
        settings('ignore = ["even"]', "other.toml")
        assert codes(config="other.toml") == [UNUSED]
        assert codes(isolated=True) == [UNUSED, EVEN]
        assert run("check", "--config", "none.toml", "nets").status == 2

    def test_every_file_has_its_own(self) -> None:
        settings('ignore = ["even"]', "nets/old/pyproject.toml")
        report = api.check("nets/net.cnn", "nets/old/net.cnn")
        assert [[d.code for d in file.diagnostics] for file in report.files] == [[UNUSED, EVEN], [UNUSED]]

    def test_it_is_read_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        settings("")
        projects = Projects()
        first = projects.of("nets/net.cnn")
        monkeypatch.setattr("os.path.isfile", lambda _: pytest.fail("looked again"))
        assert projects.of("nets/net.cnn") is first


class TestWhatItSays:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('select = ["even-kernel-same"]', [EVEN]),
            ('select = ["unused"]', [UNUSED]),
            ("select = []", []),
            ('ignore = ["all"]', []),
            ('ignore = ["all"]\nselect = ["unused"]', [UNUSED]),
            ('select = ["even"]\nignore = ["even-kernel"]', []),
            ('select = ["even-kernel"]\nignore = ["even"]', [EVEN]),
            ('select = ["all"]\nignore = ["all"]', []),
            ('per-file-ignores = { "nets/*.cnn" = ["even"] }', [UNUSED]),
            ('per-file-ignores = { "net.cnn" = ["even"], "old/*" = ["all"] }', [UNUSED]),
            ('per-file-ignores = { "*/old/*" = ["even"] }', [UNUSED, EVEN]),
        ],
    )
    def test_codes(self, text: str, expected: list[str]) -> None:
        settings(text)
        assert codes() == expected

    def test_options_have_the_last_word(self) -> None:
        settings('ignore = ["even"]')
        assert codes(select=["even"]) == [EVEN]
        assert codes(ignore=["unused"]) == []
        assert codes(select=["all"], ignore=["unused"]) == [EVEN]
        with pytest.raises(ValueError, match="did you mean"):
            codes(select=["unused-parametr"])

    def test_errors_stay(self) -> None:
        Path("nets/net.cnn").write_text("model Net {\n  input 8x8x1\n  Conv2D(4, 9x9)\n}\n")
        settings('ignore = ["all"]')
        assert codes() == ["kernel-exceeds-input"]

    @pytest.mark.parametrize(("least", "status"), [("error", 0), ("warning", 1), ("info", 1)])
    def test_the_exit_status(self, least: str, status: int) -> None:
        settings(f'fail-on = "{least}"')
        assert run("check", "nets/net.cnn").status == status
        assert run("check", "--fail-on", "error", "nets/net.cnn").status == 0
        assert run("check", "--isolated", "--fail-on", least, "nets/net.cnn").status == status
        assert api.check("nets/net.cnn").ok

    def test_limits(self) -> None:
        settings("limits.max-nodes = 2")
        assert "too-many-nodes" in codes()
        assert "too-many-nodes" not in codes(max_nodes=100)
        settings("limits.dense-share = 0.01")
        assert "dense-share" in codes()
        settings("limits = { dense-share = 1 }")
        assert "dense-share" not in codes()

    def test_json_honours_it(self) -> None:
        settings('ignore = ["even"]')
        assert "even-kernel-same" not in run("check", "--format", "json", "nets/net.cnn").out

    def test_fixes_honour_it(self) -> None:
        Path("nets/net.cnn").write_text("let k = 3\n" + NET)
        settings('ignore = ["unused"]')
        run("check", "--fix", "nets/net.cnn")
        assert Path("nets/net.cnn").read_text().startswith("let k")
        run("check", "--fix", "--isolated", "nets/net.cnn")
        assert Path("nets/net.cnn").read_text() == NET


def wrong(text: str) -> Diagnostic:
    Path("pyproject.toml").write_text(text)
    report = api.check("nets/net.cnn")
    assert not report.ok
    (found,) = [d for d in report.diagnostics if d.severity == "error"]
    assert found.span.path == "pyproject.toml"
    return found


class TestWhatIsWrongWithIt:
    @pytest.mark.parametrize(
        ("text", "code", "place", "said"),
        [
            ("[tool.cnnspec]\nignore = [unused]\n", "project-not-toml", "u", "invalid value"),
            ("[tool.cnnspec", "project-not-toml", "", "expected"),
            ("[tool.cnnspec]\ningore = ['a']\n", "project-key", "ingore", "did you mean ignore?"),
            ("[tool.cnnspec]\nwidth = 3\n", "project-key", "width", "there are select, ignore"),
            ("[tool.cnnspec.limits]\nmax_nodes = 3\n", "project-key", "max_nodes", "did you mean max-nodes?"),
            ("[tool.cnnspec]\nlimits.dens-share = 3\n", "project-key", "limits.dens-share", "did you mean dense-share?"),
            ("[tool.cnnspec]\nignore = 'unused'\n", "project-value", "ignore", "a list of codes"),
            ("[tool.cnnspec]\nignore = [3]\n", "project-value", "ignore", "a list of codes"),
            ("[tool.cnnspec]\nfail-on = 'never'\n", "project-value", "fail-on", "error, warning or info"),
            ("[tool.cnnspec.limits]\nmax-nodes = 0\n", "project-value", "max-nodes", "a whole number from 1"),
            ("[tool.cnnspec.limits]\nmax-nodes = true\n", "project-value", "max-nodes", "a whole number from 1"),
            ("[tool.cnnspec.limits]\ndense-share = 2\n", "project-value", "dense-share", "from 0 to 1"),
            ("[tool.cnnspec.limits]\ndense-share = nan\n", "project-value", "dense-share", "from 0 to 1"),
            ("[tool.cnnspec.limits]\nlearning-rates = { adam = [1] }\n", "project-value", "learning-rates", "the least and the"),
            (
                "[tool.cnnspec.limits.learning-rates]\nadam = [2, 1]\n",
                "project-value",
                "tool.cnnspec.limits.learning-rates",
                "least",
            ),
            ("[tool.cnnspec.limits]\nlearning-rates.adamx = [1, 2]\n", "project-value", "learning-rates.adamx", "optimizer"),
            ("[tool]\ncnnspec = 3\n", "project-value", "cnnspec", "a table"),
            ("[tool.cnnspec]\nlimits = 3\n", "project-value", "limits", "a table"),
            ("[tool.cnnspec]\nselect = ['row-dropped']\n", "project-code", "row-dropped", "did you mean rows-dropped?"),
            ("[tool.cnnspec]\nignore = ['claim-false']\n", "project-code", "claim-false", "errors are always reported"),
            ("[tool.cnnspec]\nignore = ['']\n", "project-code", "", "no warning"),
            ("[tool.cnnspec.per-file-ignores]\n'old/*' = ['evn']\n", "project-code", "evn", "called evn"),
        ],
    )
    def test_mistakes(self, text: str, code: str, place: str, said: str) -> None:
        found = wrong(text)
        assert (found.code, found.span.text) == (code, place)
        assert said in f"{found.message} {found.help}"

    def test_the_specs_are_checked_all_the_same(self) -> None:
        settings("ingore = []")
        assert codes() == ["project-key", UNUSED, EVEN]
        done = run("check", "nets")
        assert done.status == 1
        assert done.out.count("error[project-key]") == 1

    def test_a_file_that_is_no_text(self) -> None:
        Path("pyproject.toml").write_bytes(b"[tool.cnnspec]\nselect = '\xff'")
        assert codes()[0] == "file-not-utf8"
