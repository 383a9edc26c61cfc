"""cnnspec runs: sound, unfinished and broken runs in one table; records are anyone's."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from cnnspec.train.comparison import SORTS, RunRow, compare_runs
from cnnspec.train.training import train
from support.command import run as command
from support.training import SMALL, bars, network_of, recipe_of

JUNK = (
    None,
    -1,
    0,
    2**70,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 5000,
    "\x1b[31mred\x1b[0m\n\u202e",
    [],
    {},
    True,
    {"a": []},
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name, epochs in (("small-9", 1), ("small-10", 4)):
        train(network_of(SMALL), recipe_of(epochs=epochs, seed=epochs), bars(), out=folder / name)
    (folder / "small-2" / "checkpoints").mkdir(parents=True)
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "run.json").write_text('{"status": "running", "model": "M"}')
    (folder / "other").mkdir()
    return folder


def test_a_row_says_what_the_record_says(runs: Path) -> None:
    rows = {row.path.relative_to(runs).as_posix(): row for row in compare_runs(runs)}
    assert list(rows) == ["deep/er", "small-2", "small-9", "small-10"]
    row, record = rows["small-10"], json.loads((runs / "small-10/run.json").read_text())
    assert (row.model, row.data, row.params, row.epochs, row.planned, row.seed) == ("Small", "bars", 188, 4, 4, 4)
    assert (row.accuracy, row.loss) == (record["test"]["accuracy"], record["test"]["loss"])
    assert (row.seconds, row.images_per_second) == (record["seconds"], record["images_per_second"])
    assert (row.status, row.note) == ("finished", "")
    assert (rows["deep/er"].status, rows["deep/er"].note) == ("broke off", "it was ended before it could say why")
    assert rows["small-2"].status == "broken"
    assert "run.json" in rows["small-2"].note


@pytest.mark.parametrize("sort", SORTS)
def test_sorted_with_what_lacks_the_figure_last(runs: Path, sort: str) -> None:
    rows = compare_runs(runs, sort)
    values = [SORTS[sort](row) for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known)
    assert values[: len(known)] == known


def test_the_command(runs: Path) -> None:
    done = command("runs", str(runs), "--sort", "epochs")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].split()[:4] == ["run", "model", "data", "epochs"]
    assert [line.split()[0] for line in lines[1:5]] == ["small-9", "small-10", "deep/er", "small-2"]
    assert any(line.startswith("small-2 broken: ") for line in lines)
    written = json.loads(command("runs", str(runs), "--format", "json").out)
    assert {row["status"] for row in written} == {"finished", "broken", "broke off"}
    assert command("runs", str(runs / "small-9")).out.splitlines()[1].startswith("small-9 ")
    assert "holds no run" in command("runs", str(runs / "other")).err
    assert command("runs", str(runs / "nothing")).status == 2


def test_hostile_records_are_rows(tmp_path: Path) -> None:
    rng = random.Random(0)
    keys = ("status", "model", "data", "recipe", "test", "seconds", "images_per_second", "seed", "epochs", "params", "message")
    for number in range(300):
        record = {key: rng.choice(JUNK) for key in rng.sample(keys, 8)}
        if number % 3 == 0:
            record["status"] = rng.choice(("finished", "failed", "running"))
            record["test"] = {"accuracy": rng.choice(JUNK), "loss": rng.choice(JUNK)}
        (tmp_path / f"run-{number}").mkdir()
        (tmp_path / f"run-{number}" / "run.json").write_text(json.dumps(record))
    for sort in SORTS:
        assert len(compare_runs(tmp_path, sort)) == 300
    done = command("runs", str(tmp_path))
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    json.loads(command("runs", str(tmp_path), "--format", "json").out)
    for text in ("", "[" * 100_000, "3", "\udcff"):
        (tmp_path / "run-0" / "run.json").write_text(text, encoding="utf-8", errors="surrogateescape")
        assert next(row for row in compare_runs(tmp_path) if row.path.name == "run-0").status == "broken"


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert compare_runs(tmp_path) == []
    assert RunRow(tmp_path).to_json()["status"] == "broken"
