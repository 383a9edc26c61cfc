"""How long checking takes: a cold start against `import torch`, and large files.

    python benchmarks/checking.py [--write]

Cold starts are whole processes, run in turn with `python -c "import torch"`; the ratio is taken pair by pair and its
median reported, so that a machine that slows down slows both. Bytecode is cached, as it is wherever a package was
installed: a first run that is not counted writes it, even where PYTHONDONTWRITEBYTECODE is set. Large files are
checked in this process, in processor time. `--write` keeps the table in benchmarks/results/checking.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from analysis_speed import only

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "checking.md"
PAIRS = 11
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def cpu_seconds(command: list[str]) -> float:
    """Processor time, user and system, of a whole process."""
    # An installed package comes with compiled modules; a checkout gets them at the first run, unless that is forbidden.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_start() -> tuple[float, float, float]:
    """Medians: check of LeNet, import of torch (seconds), and their ratio pair by pair."""
    check = [sys.executable, "-m", "cnnspec", "check", "specs/lenet5.cnn"]
    torch = [sys.executable, "-c", "import torch"]
    cpu_seconds(check), cpu_seconds(torch)
    pairs = [(cpu_seconds(check), cpu_seconds(torch)) for _ in range(PAIRS)]
    ratios = [ours / theirs for ours, theirs in pairs]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs), statistics.median(ratios)


def statements(count: int) -> str:
    """A model of so many layer statements."""
    layers = "\n".join(f"  Conv2D({16 + at % 8}, 3x3, padding=same, activation=relu)" for at in range(count))
    return f"model Big {{\n  input 32x32x16\n{layers}\n}}\n"


def residual_blocks(count: int) -> str:
    """A residual network of so many blocks."""
    return f"""use "std/resnet.cnn"

model Deep {{
  input 32x32x16
  Basic(16) * {count}
  GlobalAvgPool2D -> Dense(10)
}}
"""


def dense_graph(count: int) -> str:
    """A network of so many convolutions, each over all maps before it."""
    layers = "\n".join(
        f"  a{at} = [{', '.join(f'a{before}' for before in range(at))}] -> Concat -> Conv2D(12, 3x3, padding=same)"
        for at in range(2, count)
    )
    first = "  a0 = Conv2D(12, 3x3, padding=same)\n  a1 = Conv2D(12, 3x3, padding=same)"
    return f"model Linked {{\n  input 32x32x3\n{first}\n{layers}\n  GlobalAvgPool2D -> Dense(10)\n}}\n"


def measure_everything(text: str) -> float:
    """Processor seconds to know all of a file's models: the check with both fields, and memory.

    Each run is a process of its own, which has checked a small file before: what is imported then is not counted.
    """
    code = (
        "import sys, time\n"
        "from cnnspec.analysis.check import check_source\n"
        "from cnnspec.analysis.memory.memory import analyse_memory\n"
        "from cnnspec.diagnostics import Source\n"
        "def know(text):\n"
        "    begin = time.process_time()\n"
        "    report = check_source(Source('specs/net.cnn', text)).report\n"
        "    assert report.ok, report.diagnostics\n"
        "    assert all([analyse_memory(model) for model in report.models])\n"
        "    return time.process_time() - begin\n"
        "small, large = sys.stdin.read().split('\\f')\n"
        "know(small)\n"
        "print(know(large))\n"
    )
    both = residual_blocks(2) + dense_graph(3) + "\f" + text
    runs = [
        subprocess.run([sys.executable, "-c", code], input=both, text=True, check=True, capture_output=True, cwd=ROOT).stdout
        for _ in range(7)
    ]
    return statistics.median(map(float, runs))


def measure_file(text: str) -> tuple[float, float]:
    """Processor seconds and peak MB of one check, in a process of its own."""
    code = (
        "import sys, time, resource\n"
        "from cnnspec.analysis.check import check_source\n"
        "from cnnspec.diagnostics import Source\n"
        "source = Source('big.cnn', sys.stdin.read())\n"
        "begin = time.process_time()\n"
        "assert check_source(source).report.ok\n"
        "print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], input=text, text=True, check=True, capture_output=True, cwd=ROOT
        ).stdout.split()
        for _ in range(3)
    ]
    return statistics.median(float(r[0]) for r in runs), statistics.median(float(r[1]) for r in runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results/checking.md")
    arguments = parser.parse_args()
    ours, theirs, ratio = measure_start()
    lines = [
        "# Checking",
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}; processor time, medians.",
        "",
        "| what | seconds | peak MB |",
        "|---|---|---|",
        f"| `cnnspec check specs/lenet5.cnn`, cold | {ours:.3f} | |",
        f'| `python -c "import torch"`, cold | {theirs:.3f} | |',
        f"| ratio, pair by pair ({PAIRS} pairs) | {ratio:.3f} | |",
    ]
    resnet = only((ROOT / "specs" / "resnet.cnn").read_text(encoding="utf-8"), "ResNet152")
    lines.append(f"| ResNet-152 with memory and both fields, after import | {measure_everything(resnet):.3f} | |")
    large = measure_everything(residual_blocks(1_000) + dense_graph(100))
    lines.append(f"| 1,000 residual blocks and a dense graph of 100 layers, with memory | {large:.3f} | |")
    for count in (1_000, 2_500, 5_000, 10_000):
        seconds, peak = measure_file(statements(count))
        lines.append(f"| {count:,} layer statements | {seconds:.2f} | {peak:.0f} |")
    for count in (250, 1_000, 4_000, 14_285):  # the last just fits the default limit of 100,000
        seconds, peak = measure_file(residual_blocks(count))
        lines.append(f"| {count:,} residual blocks ({count * 7 + 3:,} nodes) | {seconds:.2f} | {peak:.0f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
