"""Options that several commands have, spelled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from cnnspec.cli.terminal import Terminal, remember

F = TypeVar("F", bound=Callable[..., object])


def _set_terminal(name: str) -> Callable[[click.Context, click.Parameter, object], None]:
    def keep(ctx: click.Context, _: click.Parameter, value: object) -> None:
        terminal = ctx.ensure_object(Terminal)
        setattr(terminal, name, value)
        remember(terminal)

    return keep


def common(command: F) -> F:
    """``--color``, ``-q`` and ``-v``, which every command has."""
    flags = (("-v", "verbose", "Say more."), ("-q", "quiet", "Say less."))
    for short, name, text in flags:
        callback = _set_terminal(name)
        command = click.option(short, f"--{name}", is_flag=True, help=text, expose_value=False, is_eager=True, callback=callback)(
            command
        )
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="Colours: auto is for terminals only, and NO_COLOR turns them off.",
        expose_value=False,
        is_eager=True,
        callback=_set_terminal("color"),
    )(command)


def formats(*names: str) -> Callable[[F], F]:
    """``--format``, the first of the names by default."""
    return click.option("--format", "format_", type=click.Choice(names), default=names[0], help="How results are written.")


def _read_assignments(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{value!r} is not name=value")
        found[name.strip()] = text.strip()
    return found


set_option = click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_read_assignments,
    help="Give a model's parameter, or train.KEY of a recipe, another value. May be repeated.",
)
model_option = click.option("--model", metavar="NAME", help="The model to take.")
recipe_option = click.option("--recipe", metavar="NAME", help="The recipe to take: its `as` name, else its model's.")
max_nodes_option = click.option(
    "--max-nodes", metavar="N", type=click.IntRange(min=1), help="The greatest number of layers a model may grow to."
)


def _read_extents(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    from cnnspec.api import read_extents

    try:
        return None if value is None else read_extents(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


input_option = click.option(
    "--input", metavar="SIZE", callback=_read_extents, help="A size for inputs with unknown extents, such as 256x256."
)


def _read_codes(_: click.Context, __: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    codes = tuple(code.strip() for value in values for code in value.split(",") if code.strip())
    if codes:
        from cnnspec.api.project import check_patterns

        try:
            check_patterns(codes)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return codes


select_option = click.option(
    "--select",
    metavar="CODE,…",
    multiple=True,
    callback=_read_codes,
    help="Report these warnings and infos alone, whatever the project says.",
)
ignore_option = click.option(
    "--ignore", metavar="CODE,…", multiple=True, callback=_read_codes, help="Leave these warnings and infos out, too."
)
fail_on_option = click.option(
    "--fail-on", type=click.Choice(["error", "warning", "info"]), help="The least severity for which the exit status is 1."
)
config_option = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Take [tool.cnnspec] of this file, not of the nearest pyproject.toml.",
)
isolated_option = click.option("--isolated", is_flag=True, help="Read no pyproject.toml.")


def lint_options(command: F) -> F:
    """What chooses among findings: ``--select --ignore --fail-on --config --isolated``."""
    for option in (isolated_option, config_option, fail_on_option, ignore_option, select_option):
        command = option(command)
    return command


def network_options(command: F) -> F:
    """What chooses and changes the network: ``--model --set --input --max-nodes``."""
    for option in (max_nodes_option, input_option, set_option, model_option):
        command = option(command)
    return command
