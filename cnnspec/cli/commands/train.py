"""``cnnspec train FILE``"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats, network_options, recipe_option
from cnnspec.cli.process import SOUND, UNSOUND, settle
from cnnspec.cli.terminal import Terminal, write_errors

if TYPE_CHECKING:
    from cnnspec.api.planning import Plan
    from cnnspec.api.training import Trained

_EXAMPLE = """
cnnspec train specs/lenet5.cnn
cnnspec train specs/lenet5.cnn --data digits --out runs/lenet
cnnspec train --resume runs/lenet
cnnspec train specs/lenet5.cnn --dry-run --set train.schedule='cosine(warmup=1)'
"""


@click.command("train", cls=Command, example=_EXAMPLE)
@click.argument("file", required=False)
@click.option("--data", metavar="NAME|FOLDER", help="Other data than the recipe's: mnist, digits, … or a folder of pictures.")
@click.option("--data-dir", metavar="DIR", help="Where MNIST lies: its four IDX files, or Keras's mnist.npz.")
@click.option("--epochs", type=click.IntRange(min=1), metavar="N", help="Another number of epochs than the recipe's.")
@click.option("--batch-size", type=click.IntRange(min=1), metavar="N", help="Another batch size than the recipe's.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Another seed than the recipe's.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, mps; auto takes a GPU where there is one.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads of Torch.")
@click.option("--allow-network", metavar="HOST", multiple=True, help="Let a RemoteMonitor send figures to this host.")
@click.option("--out", metavar="DIR", help="The run's folder, new or empty; runs/MODEL-1, runs/MODEL-2 … without it.")
@click.option("--resume", metavar="DIR", help="Go on with the run in this folder; only --epochs may differ from it.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done: data, steps, memory, rates, time. Writes nothing.")
@network_options
@recipe_option
@formats("text", "json")
@common
def command(
    file: str | None,
    data: str | None,
    data_dir: str | None,
    epochs: int | None,
    batch_size: int | None,
    seed: int | None,
    device: str,
    threads: int | None,
    allow_network: tuple[str, ...],
    out: str | None,
    resume: str | None,
    dry_run: bool,
    model: str | None,
    recipe: str | None,
    settings: Mapping[str, str],
    input: tuple[int, ...] | None,
    max_nodes: int | None,
    format_: str,
) -> int:
    """Train a network by the recipe that its file states, and test it once at the end.

    With --resume a run that broke off goes on, and ends with the weights it would have had.

    Progress goes to standard error. The run's folder holds the spec, the metrics of every epoch, checkpoints and plots.
    """
    settle()
    if resume is not None and out is not None:
        raise click.UsageError("a run goes on in its own folder: give --resume or --out, not both")
    if file is None and resume is None:
        raise click.UsageError("Missing argument 'FILE'.")
    if dry_run and resume is not None:
        raise click.UsageError("a run that goes on was planned already: give --resume or --dry-run, not both")
    from cnnspec.api import planning, training
    from cnnspec.train.memory import keep_freed_memory
    from cnnspec.train.processes import is_first
    from cnnspec.train.progress import Progress, progress_for

    terminal = Terminal.current()
    terminal.quiet = terminal.quiet or not is_first()
    make = partial(planning.plan, file or "") if resume is None else partial(planning.plan_again, file, resume)
    planned = make(
        model=model, recipe=recipe, data=data, epochs=epochs, batch_size=batch_size, settings=settings, input=input,
        max_nodes=max_nodes,
    )  # fmt: skip
    _say_what_is_trained(planned, recipe is not None or model is not None or resume is not None, terminal)
    done = keep_freed_memory()
    if terminal.verbose:
        terminal.log(done)
    if dry_run:
        terminal.write(_plan(planned, device, threads, terminal, format_))
        return SOUND
    progress = Progress() if terminal.quiet else progress_for()
    trained = training.run(
        planned, data_dir=data_dir, device=device, seed=seed, out=out, resume=resume, progress=progress, threads=threads,
        keep=True, allow_network=allow_network,
    )  # fmt: skip
    if not is_first():
        return SOUND if trained.ok else UNSOUND
    write_errors(trained.diagnostics)
    terminal.write(_json(trained) if format_ == "json" else _text(trained, terminal))
    return SOUND if trained.ok else UNSOUND


def _plan(planned: Plan, device: str, threads: int | None, terminal: Terminal, format_: str) -> str:
    from cnnspec.api.outline import explain_outline, outline
    from cnnspec.render.text_explain import write_explanation

    found = outline(planned, device=device, threads=threads)
    if format_ == "json":
        import json

        return json.dumps(found.to_json(), indent=2, allow_nan=False) + "\n"
    return write_explanation(explain_outline(found), terminal.out)


def _say_what_is_trained(planned: Plan, chosen: bool, terminal: Terminal) -> None:
    recipes = tuple(planned.spec.recipes)
    terminal.note_others("recipe", planned.resolved.name, recipes, chosen=chosen)
    warnings = [d for d in planned.spec.report.diagnostics if d.severity == "warning"]
    if warnings and not terminal.quiet:
        write_errors(warnings)


def _json(trained: Trained) -> str:
    import json

    return json.dumps(trained.result.to_json(), indent=2, allow_nan=False) + "\n"


def _text(trained: Trained, terminal: Terminal) -> str:
    from cnnspec.analysis.report import RecipeReport
    from cnnspec.render.text import write_recipe
    from cnnspec.train.progress import describe, duration

    result = trained.result
    plural = "" if result.epochs == 1 else "s"
    lines = [
        f"{result.model} on {result.data}: {result.epochs:,} epoch{plural} in {duration(result.seconds)}, "
        f"{result.images_per_second:,.0f} images/s on {result.device}",
        f"train  {describe(result.train)}",
        f"test   {describe(result.test)}",
    ]
    if result.stopped:
        lines.append(f"stopped early: {result.stopped}")
    if result.out is not None:
        lines.append(f"run in {result.out.as_posix()}")
    style = terminal.out
    text = "".join(f"{style.line(line)}\n" for line in lines)
    if trained.claims:
        recipe = RecipeReport(result.model, result.model, trained.ok, trained.claims)
        text += "\n" + write_recipe(recipe, style)
    return text
