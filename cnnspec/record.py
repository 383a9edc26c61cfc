"""Small classes of fields that cost little to define: ``@record`` is immutable, ``@state`` is not.

``@record`` gives a class what ``@dataclass(frozen=True, slots=True)`` gives: an ``__init__`` of its annotated fields,
equality, a hash, a repr, slots, and no assignment afterwards. ``@state`` gives what ``@dataclass(slots=True, eq=False)``
gives. The standard library compiles six methods per class for that, half a millisecond each time Python starts; with
over a hundred such classes that is a third of what ``cnnspec check`` may take. Here only ``__init__`` is compiled, when
the first instance is made, and the other methods are shared.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, NoReturn, TypeVar, dataclass_transform, overload

T = TypeVar("T")


class _Field:
    """What is said of a field besides its type."""

    __slots__ = ("make", "shown")

    def __init__(self, make: Callable[[], object] | None, shown: bool) -> None:
        self.make = make
        self.shown = shown


@overload
def field(*, default_factory: Callable[[], T], repr: bool = True) -> T: ...
@overload
def field(*, repr: bool) -> Any: ...
def field(*, default_factory: Callable[[], object] | None = None, repr: bool = True) -> Any:
    """A default that is made anew for each instance (``default_factory=dict[str, int]``), or a field left out of the repr."""
    return _Field(default_factory, repr)  # a field specifier stands for its value


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a class with annotated fields an immutable record with slots; it must not inherit from another record."""
    methods = {"__eq__": _equal, "__hash__": _hash, "__repr__": _show}
    own = {name: method for name, method in methods.items() if cls.__dict__.get(name) is None}
    return _make(cls, "_set(self, {0!r}, {1})", {**own, "__setattr__": _refuse, "__delattr__": _refuse, "__reduce__": _reduce})


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def state(cls: type[T]) -> type[T]:
    """Make a class with annotated fields one with slots whose fields may change; it is equal to nothing but itself."""
    return _make(cls, "self.{0} = {1}", {} if "__repr__" in cls.__dict__ else {"__repr__": _show})


def replace(instance: T, /, **changes: object) -> T:
    """The record with some fields changed."""
    cls: Any = type(instance)
    return cls(**{**{name: getattr(instance, name) for name in cls.__match_args__}, **changes})


def _make(cls: type[T], assignment: str, methods: dict[str, Any]) -> type[T]:
    """The class anew, with slots for its fields and with these methods."""
    names = tuple(name for name, kind in cls.__annotations__.items() if not str(kind).startswith(("ClassVar", "typing.ClassVar")))
    stated = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    kept = {key: value for key, value in cls.__dict__.items() if key not in stated and key not in ("__dict__", "__weakref__")}
    hidden = [name for name, value in stated.items() if isinstance(value, _Field) and not value.shown]
    made: Any = type(cls)(
        cls.__name__,
        cls.__bases__,
        {
            **kept,
            **methods,
            "__slots__": names,
            "__match_args__": names,
            "__values__": attrgetter(*names) if names else _nothing,
            "__shown__": tuple(name for name in names if name not in hidden),
        },
    )
    made.__qualname__ = cls.__qualname__

    def first_init(self: object, *args: object, **kwargs: object) -> None:
        made.__init__ = init = _compile_init(made, assignment, stated)
        init.__qualname__ = f"{made.__qualname__}.__init__"
        init(self, *args, **kwargs)

    made.__init__ = first_init
    return made


def _compile_init(cls: Any, assignment: str, stated: dict[str, object]) -> Callable[..., None]:
    """``__init__`` with a parameter per field; the assignment of a record goes past the refusal of ``__setattr__``."""
    names: tuple[str, ...] = cls.__match_args__
    factories = {name: default for name, default in stated.items() if isinstance(default, _Field)}
    if factories:
        return _write_init(names, assignment, {name: default.make for name, default in factories.items()}, stated)
    code = _template(assignment, len(names))
    real = dict(zip(_placeholders(len(names)), names, strict=True))
    renamed = code.replace(
        co_varnames=tuple([real.get(name, name) for name in code.co_varnames]),
        co_names=tuple([real.get(name, name) for name in code.co_names]),
        co_consts=tuple([real.get(constant, constant) for constant in code.co_consts]),
    )
    if any(name not in stated for name in names[len(names) - len(stated) :]):
        raise TypeError(f"{cls.__qualname__} has a field without a default after one with a default")
    defaults = tuple([stated[name] for name in names if name in stated])
    return FunctionType(renamed, {"_set": object.__setattr__}, "__init__", defaults)


def _placeholders(count: int) -> list[str]:
    return [f"_{at}" for at in range(count)]


@cache
def _template(assignment: str, count: int) -> CodeType:
    """The code of an ``__init__`` for so many fields with names to be replaced: compiling one for each class takes longer."""
    fields = _placeholders(count)
    return _define(fields, [assignment.format(name, name) for name in fields], {}).__code__


def _write_init(
    names: tuple[str, ...], assignment: str, factories: dict[str, Callable[[], object] | None], stated: dict[str, object]
) -> Callable[..., None]:
    """The ``__init__`` of a class with fields of which something was said: some make their default anew."""
    namespace: dict[str, Any] = {f"_default_{name}": stated[name] for name in stated}
    namespace |= {f"_make_{name}": make for name, make in factories.items()}
    parameters: list[str] = []
    lines: list[str] = []
    for name in names:
        make = factories.get(name)
        parameters.append(f"{name}=_default_{name}" if make or (name in stated and name not in factories) else name)
        value = f"_make_{name}() if {name} is _default_{name} else {name}" if make else name
        lines.append(assignment.format(name, value))
    return _define(parameters, lines, namespace)


def _define(parameters: list[str], lines: list[str], namespace: dict[str, Any]) -> FunctionType:
    """A function ``__init__`` of these parameters and statements."""
    namespace["_set"] = object.__setattr__
    body = "".join(f"    {line}\n" for line in lines)
    exec(f"def __init__({', '.join(['self', *parameters])}):\n{body}    return None", namespace)
    return namespace["__init__"]


def _nothing(_: object) -> None:
    """The values of a record without fields."""


def _equal(self: Any, other: object) -> bool:
    if self is other:
        return True
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = self.__class__.__values__
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(self.__class__.__values__(self))


def _show(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__shown__)})"


def _refuse(self: object, name: str, *value: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be changed")


def _reduce(self: Any) -> tuple[Callable[..., object], tuple[object, ...]]:
    return self.__class__, tuple([getattr(self, name) for name in self.__match_args__])
