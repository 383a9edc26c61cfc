"""The verbs of cnnspec for Python: load, check, explain, render, build, train, evaluate, predict, apply.

The command line calls these functions and adds nothing but arguments and exit statuses.

Example:
    >>> import cnnspec
    >>> spec = cnnspec.load('''
    ... model Tiny {
    ...   input 8x8x1
    ...   Conv2D(2, 3x3) -> Flatten -> Dense(10, activation=softmax)
    ... }
    ... ''')
    >>> spec.check().ok
    True
    >>> spec.models["Tiny"].totals.params
    750
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.api.checking import check
from cnnspec.api.errors import UnknownNameError
from cnnspec.api.loading import expand_paths, format_text, load, load_path, packaged_specs, read
from cnnspec.api.settings import read_extents
from cnnspec.api.spec import Spec

if TYPE_CHECKING:
    from cnnspec.api.comparing import compare_specs, diff, read_operand
    from cnnspec.api.explaining import explain_fields, explain_unit
    from cnnspec.api.fixing import fix
    from cnnspec.api.paging import shown_models
    from cnnspec.api.picturing import render_run, run_section
    from cnnspec.api.subjects import check_subject, find_page, suggest_subjects
    from cnnspec.api.suggesting import suggest_claims
    from cnnspec.api.training import train
    from cnnspec.api.using import apply, evaluate, fetch, predict

__all__ = [
    "Spec",
    "UnknownNameError",
    "apply",
    "check",
    "check_subject",
    "compare_specs",
    "diff",
    "evaluate",
    "expand_paths",
    "explain_fields",
    "explain_unit",
    "fetch",
    "find_page",
    "fix",
    "format_text",
    "load",
    "load_path",
    "packaged_specs",
    "predict",
    "read",
    "read_extents",
    "read_operand",
    "render_run",
    "run_section",
    "shown_models",
    "suggest_claims",
    "suggest_subjects",
    "train",
]

#: Functions of modules that are imported when one of them is first called.
_LATER = {
    "fix": "fixing",
    **dict.fromkeys(("render_run", "run_section"), "picturing"),
    "shown_models": "paging",
    **dict.fromkeys(("check_subject", "find_page", "suggest_subjects"), "subjects"),
    "suggest_claims": "suggesting",
    "train": "training",
    **dict.fromkeys(("apply", "evaluate", "fetch", "predict"), "using"),
    **dict.fromkeys(("compare_specs", "diff", "read_operand"), "comparing"),
    **dict.fromkeys(("explain_fields", "explain_unit"), "explaining"),
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"cnnspec.api.{_LATER[name]}"), name)
