"""Short files that ask for more than any machine has: each is answered at once, as a whole process."""

import json
import subprocess
import sys

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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the peak of memory in kilobytes")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_answered_within_a_second_and_200_megabytes(name: str, tmp_path):
    bomb, path = BOMBS[name], tmp_path / "bomb.cnn"
    path.write_text(bomb.text(), encoding="utf-8")
    best = float("inf")
    for _ in range(RUNS):
        done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, timeout=60)
        seconds, megabytes = map(float, done.stderr.split()[-2:])
        best = min(best, seconds)
        if best < 1:
            break
    (file,) = json.loads(done.stdout)["files"]
    errors = {diagnostic["code"] for diagnostic in file["diagnostics"] if diagnostic["severity"] == "error"}
    assert bomb.code in errors if bomb.code else not errors
    assert done.returncode == (1 if errors else 0)
    assert best < 1
    assert megabytes < 200


def test_there_are_bombs_enough():
    assert len({bomb.code for bomb in BOMBS.values()}) >= 15
    assert sum(bomb.code != "" for bomb in BOMBS.values()) >= 40
