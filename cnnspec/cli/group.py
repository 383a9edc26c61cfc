"""The group of commands: what there is, loaded one at a time."""

from __future__ import annotations

from importlib import import_module

import click
from typing_extensions import override

#: The commands in the order of the help, each with the module that holds it and its line of the help.
COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("check", "Find what is wrong with a spec, and print its figures."),
    "explain": ("explain", "Derive the numbers of a layer; describe a diagnostic or a kind of layer."),
    "cost": ("cost", "Say what memory and time a network takes, and what batch fits."),
    "render": ("render", "Draw a network."),
    "gallery": ("gallery", "Draw many networks, with an index page."),
    "train": ("train", "Train a network by its recipe."),
    "evaluate": ("evaluate", "Test a trained run."),
    "predict": ("predict", "Classify images with a trained run."),
    "features": ("features", "Draw what a trained run makes of an image."),
    "apply": ("apply", "Run a network on a picture or a matrix without training it."),
    "runs": ("runs", "Compare runs in a table."),
    "diff": ("diff", "Show what changed from one architecture to another."),
    "fmt": ("fmt", "Write specs in canonical form."),
    "list": ("list_specs", "List the specs that come with cnnspec, with their figures."),
    "layers": ("layers", "List the kinds of layers."),
    "data": ("data", "Fetch a data set and verify it."),
}


class Command(click.Command):
    """A command with an example under its help."""

    def __init__(self, *args: object, example: str = "", **kwargs: object) -> None:
        if example:
            lines = "\n".join(f"  {line}" for line in example.strip().splitlines())
            kwargs["epilog"] = f"\b\nExample:\n{lines}"
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports a command when it is called."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"cnnspec.cli.commands.{COMMANDS[cmd_name][0]}").command

    @override
    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            raise click.UsageError(f"there is no command {name!r}.{_hint(name)}", ctx)
        return super().resolve_command(ctx, args)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _hint(name: str) -> str:
    from cnnspec.diagnostics.suggest import closest

    nearest = closest(name, COMMANDS)
    if nearest:
        return f" Did you mean {nearest}?"
    return f" To check a file: cnnspec check {name}" if name.endswith(".cnn") else ""


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from cnnspec import __version__

        click.echo(f"cnnspec {__version__}")
        ctx.exit()


root = LazyGroup(
    "cnnspec",
    params=[
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Print the version."
        )
    ],
    help="Compile, check, explain, draw and train convolutional networks written as .cnn files.",
    epilog="\b\nExample:\n  cnnspec check specs/lenet5.cnn",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
)
