"""The base of everything a file can call by name: layers, activations, optimizers, callbacks.

A declaration is a frozen pydantic class. The order of its fields is the positional order of its arguments, a field's
description and constraints are its documentation, and :meth:`Declaration.bind` turns evaluated arguments into an
instance or into position-free :class:`ArgumentProblem` s, to which the resolver adds the place.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from cnnspec.record import record, state
from cnnspec.schema.values import Quoted, Word, show


class TextMarker:
    """Marks a field whose value is a string in quotes (a path), not a word."""


#: A field type for paths and file names: written in quotes.
Text = Annotated[str, TextMarker]


@record
class ArgumentProblem:
    """Why an argument was not accepted.

    ``kind`` is one of ``unknown`` (no such argument; ``choices`` lists the names), ``surplus`` (more positional
    arguments than there are), ``repeated``, ``missing``, ``quoted`` (a word in quotes), ``unquoted`` (a path without),
    ``word`` (not one of ``choices``), ``value`` (wrong type or range; ``expected`` says what is right) and ``conflict``
    (two arguments that exclude each other; ``argument`` is the one to change, ``others`` the rest), and ``inner``: the
    value is a call whose own arguments do not fit (``inner`` lists its problems, ``expected`` is the name called).
    ``index`` is set where the argument was given by position, ``item`` where the value is an item of a list.
    """

    kind: str
    argument: str
    value: object = None
    expected: str = ""
    index: int | None = None
    choices: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    help: str = ""
    inner: "tuple[ArgumentProblem, ...]" = ()
    item: int | None = None


class BindError(Exception):
    """The arguments of a call do not fit its declaration."""

    def __init__(self, problems: Sequence[ArgumentProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.kind} {p.argument}: {p.expected}" for p in problems))


def refuse(expected: str, *, help: str = "", others: Sequence[str] = (), argument: str = "") -> PydanticCustomError:
    """The error that a validator raises: ``expected`` completes "filters must be …"; with ``others`` it is a conflict."""
    context: dict[str, Any] = {"expected": expected, "help": help, "others": tuple(others), "argument": argument}
    return PydanticCustomError("refused", "must be {expected}", context)


class Declaration(BaseModel):
    """Base of all declarations: frozen, strict, without unknown fields, its validators built on first use."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)

    #: Other spellings of arguments that are accepted, such as ``alpha`` for ``negative_slope``.
    aliases: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def argument_names(cls) -> tuple[str, ...]:
        """The arguments in positional order."""
        return tuple(cls.model_fields)

    @classmethod
    def bind(cls, positional: Sequence[object] = (), named: Mapping[str, object] | Sequence[tuple[str, object]] = ()) -> Self:
        """Make an instance from evaluated arguments.

        Args:
            positional: values in the order of the fields.
            named: values by argument name; pairs, so that a repeated name can be reported.

        Raises:
            BindError: with every problem that can be found at once.
        """
        problems: list[ArgumentProblem] = []
        given, index_of = _assign(cls, positional, named, problems)
        values: dict[str, object] = {}
        for name, value in given.items():
            problem = _check_quotes(cls, name, value, index_of.get(name))
            if problem is None:
                values[name] = str(value) if isinstance(value, (Word, Quoted)) else value
            else:
                problems.append(problem)
                values[name] = str(value)  # as it was meant, so that the other arguments are judged too
        quoted = {problem.argument for problem in problems if problem.kind in ("quoted", "unquoted")}
        try:
            instance = cls.model_validate(values)
        except ValidationError as error:
            found = _translate(cls, error, index_of)
            no_words = {p.argument for p in found if p.kind == "value" and p.argument in quoted}
            problems = [p for p in problems if p.kind != "quoted" or p.argument not in no_words]
            problems += [p for p in found if p.argument not in quoted or p.argument in no_words]
            raise BindError(problems) from None
        if problems:
            raise BindError(problems)
        return instance

    def changed(self) -> dict[str, object]:
        """The arguments that differ from their defaults, in order."""
        fields = type(self).model_fields
        return {
            name: getattr(self, name)
            for name, info in fields.items()
            if info.is_required() or getattr(self, name) != info.get_default(call_default_factory=True)
        }


def _assign(
    cls: type[Declaration],
    positional: Sequence[object],
    named: Mapping[str, object] | Sequence[tuple[str, object]],
    problems: list[ArgumentProblem],
) -> tuple[dict[str, object], dict[str, int]]:
    names = cls.argument_names()
    given: dict[str, object] = {}
    index_of: dict[str, int] = {}
    for index, value in enumerate(positional):
        if index < len(names):
            given[names[index]] = value
            index_of[names[index]] = index
        else:
            problems.append(ArgumentProblem("surplus", "", value, index=index, choices=names))
    for written, value in named.items() if isinstance(named, Mapping) else named:
        name = cls.aliases.get(written, written)
        if name not in cls.model_fields:
            problems.append(ArgumentProblem("unknown", written, value, choices=names))
        elif name in given:
            problems.append(ArgumentProblem("repeated", written, value, index=index_of.get(name)))
        else:
            given[name] = value
    return given, index_of


def _check_quotes(cls: type[Declaration], name: str, value: object, index: int | None) -> ArgumentProblem | None:
    takes_text = takes_quotes(cls, name)
    if isinstance(value, Quoted) and not takes_text:
        return ArgumentProblem("quoted", name, value, index=index)
    if isinstance(value, Word) and takes_text and not words_of(cls, name):
        return ArgumentProblem("unquoted", name, value, index=index)
    return None


def takes_quotes(cls: type[Declaration], name: str) -> bool:
    """Whether an argument is written in quotes."""
    info = cls.model_fields[name]
    return TextMarker in info.metadata or any(TextMarker in get_args(part) for part in get_args(info.annotation))


def words_of(cls: type[Declaration], name: str) -> tuple[str, ...]:
    """The words that an argument accepts, of an enumeration."""
    return tuple(_words_of(cls.model_fields[name].annotation))


def _words_of(annotation: Any) -> list[str]:
    from typing import Literal

    if get_origin(annotation) is Literal:
        return [word for word in get_args(annotation) if isinstance(word, str)]
    return [word for part in get_args(annotation) for word in _words_of(part)]


_EXPECTED: Mapping[str, str] = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a word",
    "tuple_type": "a list",
    "none_required": "none",
    "finite_number": "a finite number",
}


def _bound(number: float) -> str:
    """A bound with its digits grouped: ``2,147,483,647``."""
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


@state
class _Expectation:
    """The sentence part after "must be" for one pydantic error."""

    error: Mapping[str, Any]

    def __str__(self) -> str:
        kind, context = str(self.error["type"]), self.error.get("ctx", {})
        match kind:
            case "refused":
                return str(context["expected"])
            case "greater_than":
                return f"greater than {_bound(context['gt'])}"
            case "greater_than_equal":
                return f"at least {_bound(context['ge'])}"
            case "less_than":
                return f"less than {_bound(context['lt'])}"
            case "less_than_equal":
                return f"at most {_bound(context['le'])}"
            case "literal_error":
                return f"one of {str(context['expected']).replace(chr(39), '')}"
            case _:
                return _EXPECTED.get(kind) or str(self.error["msg"])


def _translate(cls: type[Declaration], error: ValidationError, index_of: Mapping[str, int]) -> list[ArgumentProblem]:
    """One problem per argument, or per item of a list of words and calls; of the alternatives of a union, all expected."""
    found: dict[tuple[str, object], list[Mapping[str, Any]]] = {}
    for item in error.errors(include_url=False):
        context = item.get("ctx", {})
        name = str(item["loc"][0]) if item["loc"] else str(context.get("argument", ""))
        # Items of a list that are alternatives of their own are wrong each for itself.
        part = item["loc"][1:] if item["type"] in ("inner", "unknown_choice") else ()
        found.setdefault((name, part), []).append(item)
    return [_problem(cls, name, items, index_of.get(name)) for (name, _), items in found.items()]


def _problem(cls: type[Declaration], name: str, items: list[Mapping[str, Any]], index: int | None) -> ArgumentProblem:
    first = next((item for item in items if item["type"] in ("inner", "unknown_choice")), items[0])
    context: Mapping[str, Any] = first.get("ctx", {})
    item = next((part for part in first["loc"][1:] if isinstance(part, int)), None)
    value = first["input"] if first["loc"] else None
    if first["type"] == "missing":
        return ArgumentProblem("missing", name)
    if first["type"] == "inner":
        return ArgumentProblem("inner", name, value, str(context["callee"]), index, inner=tuple(context["inner"]), item=item)
    if first["type"] == "unknown_choice":
        choices = tuple(context["choices"])
        return ArgumentProblem("word", name, context["unknown"], str(context["expected"]), index, choices, item=item)
    expected = " or ".join(dict.fromkeys(str(_Expectation(item)) for item in items))
    choices = words_of(cls, name) if name in cls.model_fields else ()
    others = tuple(context.get("others", ()))
    kind = "conflict" if others else "word" if choices and isinstance(value, str) else "value"
    return ArgumentProblem(kind, name, value, expected, index, choices, others, str(context.get("help", "")), item=item)


def describe(declaration: Declaration) -> str:
    """A declaration as the language writes it: ``RMSprop(learning_rate=0.002)``."""
    arguments = ", ".join(f"{name}={show(value)}" for name, value in declaration.changed().items())
    return f"{type(declaration).__name__}({arguments})" if arguments else type(declaration).__name__
