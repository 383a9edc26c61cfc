"""Other work on the processors is noticed in the first steps, and said once."""

import subprocess
import sys
import time

import pytest
import torch

from cnnspec.train import crowding
from cnnspec.train.crowding import Account, Crowding, advice, read_account


def busy(processes: int) -> list[subprocess.Popen[bytes]]:
    return [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]


def test_what_others_had_is_all_without_ones_own() -> None:
    before, after = Account(10.0, 100.0, 7.0, 4), Account(12.0, 107.0, 10.0, 4)
    assert before.others(after) == 2.0
    assert before.others(Account(12.0, 102.0, 10.0, 4)) == 0.0


@pytest.mark.parametrize(
    ("threads", "processors", "others", "fitting"),
    [(2, 2, 0.4, None), (2, 2, 0.6, 1), (2, 2, 2.0, 1), (16, 16, 3.1, 13), (8, 16, 7.9, None)],
)
def test_fewer_threads_are_named_where_some_find_no_processor(
    threads: int, processors: int, others: float, fitting: int | None
) -> None:
    said = advice(threads, processors, others)
    assert said is None if fitting is None else said is not None and f"--threads {fitting} " in said


@pytest.mark.skipif(not crowding.ACCOUNT.exists(), reason="the system keeps no account of its processors")
def test_the_account_of_the_system_is_read() -> None:
    before = read_account()
    others = busy(1)
    try:
        until = time.perf_counter() + 1.5
        while time.perf_counter() < until:
            pass
        after = read_account()
    finally:
        for process in others:
            process.kill()
            process.wait()
    assert before is not None
    assert after is not None
    # This process alone had up to one processor; the other one is seen beside it.
    assert before.others(after) > 0.2


def test_it_looks_once_and_only_at_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = iter([Account(0.0, 0.0, 0.0, 2), Account(2.0, 4.0, 2.0, 2)])
    monkeypatch.setattr(crowding, "read_account", lambda: next(accounts))
    watch = Crowding(2)
    said = [watch.look() for _ in range(crowding.FIRST + 5)]
    assert [text for text in said if text] == [advice(2, 2, 1.0)]
    assert watch.done
    assert Crowding(1).done
    assert Crowding.of(torch.device("meta")).done


def test_without_an_account_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    assert read_account(tmp_path / "none") is None
    (tmp_path / "odd").write_text("intr 1 2 3\n", encoding="ascii")
    assert read_account(tmp_path / "odd") is None
    monkeypatch.setattr(crowding, "read_account", lambda: None)
    watch = Crowding(2)
    assert [watch.look() for _ in range(crowding.FIRST + 2)] == [None] * (crowding.FIRST + 2)
    assert watch.done
