"""Short files that ask for more than any machine has: each is answered at once, as a whole process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.bombs import BOMBS

#: A small program that runs the command as its child: the peak that `wait4` tells begins with that of the parent.
MEASURED = """
import json, os, subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "cnnspec", "check", "--format", "json", sys.argv[1]])
_, status, used = os.wait4(child.pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""
#: A busy machine makes a process slower, never faster: the best of so many runs counts.
RUNS = 3
#: A second is meant for a machine that checks a file of one layer within 0.3 s; a slower one has as much more.
USUAL = 0.3


def measured(path: Path) -> tuple[subprocess.CompletedProcess[str], float, float]:
    """The command on a file, its processor time in seconds and its peak of memory in megabytes."""
    done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, timeout=60)
    seconds, megabytes = map(float, done.stderr.split()[-2:])
    return done, seconds, megabytes


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> float:
    """What a second comes to on this machine."""
    path = tmp_path_factory.mktemp("usual") / "usual.cnn"
    path.write_text("model M { input 4; Dense(2) }\n", encoding="utf-8")
    return max(1.0, min(measured(path)[1] for _ in range(RUNS)) / USUAL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the peak of memory in kilobytes")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_answered_within_a_second_and_200_megabytes(name: str, second: float, tmp_path):
    bomb, path = BOMBS[name], tmp_path / "bomb.cnn"
    path.write_text(bomb.text(), encoding="utf-8")
    best = float("inf")
    for _ in range(RUNS):
        done, seconds, megabytes = measured(path)
        best = min(best, seconds)
        if best < second:
            break
    (file,) = json.loads(done.stdout)["files"]
    errors = {diagnostic["code"] for diagnostic in file["diagnostics"] if diagnostic["severity"] == "error"}
    assert bomb.code in errors if bomb.code else not errors
    assert done.returncode == (1 if errors else 0)
    assert best < second
    assert megabytes < 200


def test_there_are_bombs_enough():
    assert len({bomb.code for bomb in BOMBS.values()}) >= 15
    assert sum(bomb.code != "" for bomb in BOMBS.values()) >= 40
