"""``cnnspec check --claims-only`` and ``--suggest-claims``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cnnspec import api
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.terminal import Terminal, write_errors
from cnnspec.diagnostics import Severity

if TYPE_CHECKING:
    from cnnspec.api.checking import CheckOptions


def show_claims(files: tuple[str, ...], format_: str, options: CheckOptions) -> int:
    """Judge the claims of files and show nothing else."""
    _require_plain_format("--claims-only", format_)
    terminal, report = Terminal.current(), api.check(*files, **options)
    if format_ == "json":
        from cnnspec.analysis.to_json import claims_to_json

        _write_json(claims_to_json(report))
    else:
        from cnnspec.render.text_claims import write_claims_only

        terminal.write(write_claims_only(report, terminal.out, quiet=terminal.quiet))
    return SOUND if report.ok else UNSOUND


def suggest_claims(files: tuple[str, ...], format_: str, options: CheckOptions) -> int:
    """Show claims that may be made of the models of files."""
    _require_plain_format("--suggest-claims", format_)
    if options.get("settings") or options.get("input") is not None or options.get("recipe") is not None:
        raise click.UsageError("--suggest-claims speaks of models as they are written, without --set, --input and --recipe")
    terminal, status = Terminal.current(), SOUND
    parts: list[str] = []
    found: list[dict[str, object]] = []
    for report, suggestions in api.suggest_claims(*files, model=options.get("model"), max_nodes=options.get("max_nodes")):
        if not report.ok:
            write_errors(tuple(d for d in report.diagnostics if d.severity is Severity.ERROR))
            status = UNSOUND
        found.append(
            {
                "path": report.path,
                "ok": report.ok,
                "models": [{"name": one.model, "claims": list(one.claims)} for one in suggestions],
            }
        )
        if format_ == "text" and suggestions:
            from cnnspec.render.text_claims import write_suggestions

            parts.append(write_suggestions(report.path, suggestions, terminal.out))
    if format_ == "json":
        _write_json({"schema": 1, "ok": status == SOUND, "files": found})
    else:
        terminal.write("\n".join(parts))
    return status


def _require_plain_format(option: str, format_: str) -> None:
    if format_ not in ("text", "json"):
        raise click.UsageError(f"{option} writes text or json, not {format_}")


def _write_json(data: dict[str, object]) -> None:
    Terminal.current().write(json.dumps(data, indent=2, allow_nan=False) + "\n")
