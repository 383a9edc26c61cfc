"""The reference of recipes: their keys and all that they can name, made from the declarations."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping

from cnnspec.recipe.augmentations import augmentations
from cnnspec.recipe.callbacks import KINDS
from cnnspec.recipe.data import data_sources
from cnnspec.recipe.losses import losses
from cnnspec.recipe.metrics import metrics
from cnnspec.recipe.optimizers import optimizers
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.schedules import schedules
from cnnspec.record import record
from cnnspec.render.text_reference import argument_table
from cnnspec.schema.choice import Choice, plain_value
from cnnspec.schema.values import show


@record
class Family:
    """Members that a key of a recipe can name.

    Attributes:
        key: the recipe's key.
        title: what they are called together.
        members: their declarations.
        spellings: every accepted spelling.
        introduction: what they share.
    """

    key: str
    title: str
    members: tuple[type[Choice], ...]
    spellings: Mapping[str, type[Choice]]
    introduction: str


def families() -> tuple[Family, ...]:
    """All families, in the order of a recipe's keys."""
    found = (
        ("data", "Data", data_sources()),
        ("augment", "Augmentation", augmentations()),
        ("loss", "Losses", losses()),
        ("optimizer", "Optimizers", optimizers()),
        ("schedule", "Schedules", schedules()),
        ("metrics", "Metrics", metrics()),
    )
    made = [
        Family(key, title, _distinct(members), members, _introduction(_distinct(members)[-1])) for key, title, members in found
    ]
    spelled = {kind.word: kind for kind in KINDS}
    made.append(Family("callbacks", "Callbacks", KINDS, spelled, "What happens around training: Keras's callbacks."))
    return tuple(made)


def _distinct(members: Mapping[str, type[Choice]]) -> tuple[type[Choice], ...]:
    return tuple(dict.fromkeys(members.values()))


def _introduction(member: type[Choice]) -> str:
    """What the module of a family says at its top."""
    return _as_markdown(sys.modules[member.__module__].__doc__ or "")


def _as_markdown(text: str) -> str:
    """A docstring's marks in Markdown: ``a`` and :class:`A` both as `a`."""
    plain = re.sub(r":\w+:`~?([\w.]+)`", lambda found: f"`{found[1].rpartition('.')[2]}`", inspect.cleandoc(text))
    return plain.replace("``", "`")


def key_table() -> str:
    """A pipe table of a recipe's keys."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for name, info in Recipe.model_fields.items():
        default = "must be stated" if info.is_required() else show(plain_value(info.get_default(call_default_factory=True)))
        lines.append(f"| `{name}` | {default} | {info.description or _first_line(name)} |")
    return "".join(f"{line}\n" for line in lines)


def _first_line(key: str) -> str:
    title = next((family.title for family in families() if family.key == key), key)
    return f"one of the {title.lower()} below"


def member_section(member: type[Choice], level: int = 3) -> str:
    """What a member is, and its arguments."""
    table = "" if not member.model_fields else f"\n{argument_table(member)}"
    return f"{'#' * level} {member.word}\n\n{_as_markdown(member.__doc__ or '')}\n{table}"


def recipe_reference() -> str:
    """Every key and every member of a recipe, as Markdown from the second level on."""
    parts = [f"## Keys\n\n{key_table()}"]
    for family in families():
        sections = "\n".join(member_section(member) for member in family.members)
        parts.append(f"## {family.title}\n\n{family.introduction}\n\n{sections}")
    return "\n".join(parts)


def recipe_page() -> str:
    """The page ``cnnspec explain recipe``: the keys, and what can be named there."""
    named = "".join(f"- `{family.key}`: {', '.join(member.word for member in family.members)}\n" for family in families())
    return f"# recipe\n\n{_as_markdown(Recipe.__doc__ or '')}\n\n## Keys\n\n{key_table()}\n## What they name\n\n{named}"


def member_page(name: str) -> str | None:
    """The page of what a recipe can name; of a loss and a metric of one name, both. None where nothing has the name."""
    found = list(_members_called(name))
    if not found:
        return None
    return "\n".join(
        f"{member_section(member, 1)}\n{_belongs(family, member)}" if at == 0 else f"\n{member_section(member, 2)}"
        for at, (family, member) in enumerate(found)
    )


def _members_called(name: str) -> Iterator[tuple[Family, type[Choice]]]:
    for family in families():
        if name in family.spellings:
            yield family, family.spellings[name]


def _belongs(family: Family, member: type[Choice]) -> str:
    """Where it is written."""
    listed = family.key in ("augment", "metrics", "callbacks")
    needed = ", ".join(f"{name}=…" for name, info in member.model_fields.items() if info.is_required())
    call = f"{member.word}({needed})" if needed else member.word
    return f"## In a recipe\n\n```cnn\n{family.key} = {f'[{call}]' if listed else call}\n```\n"
