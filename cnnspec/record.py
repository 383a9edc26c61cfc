"""Small classes of fields that cost little to define: ``@record`` is immutable, ``@state`` is not.

``@record`` gives a class what ``@dataclass(frozen=True, slots=True)`` gives: an ``__init__`` of its annotated fields,
equality, a hash, a repr, slots, and no assignment afterwards. ``@state`` gives what ``@dataclass(slots=True, eq=False)``
gives. The standard library compiles six methods per class for that, half a millisecond each time Python starts; with
over a hundred such classes that is a third of what ``cnnspec check`` may take. Here only ``__init__`` is compiled, when
the first instance is made, and the other methods are shared.
"""

from __future__ import annotations

from collections.abc import Callable
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
            "__shown__": tuple(name for name in names if name not in hidden),
        },
    )
    made.__qualname__ = cls.__qualname__

    def first_init(self: object, *args: object, **kwargs: object) -> None:
        made.__init__ = init = _compile_init(made, assignment, stated)
        init(self, *args, **kwargs)

    made.__init__ = first_init
    return made


def _compile_init(cls: Any, assignment: str, stated: dict[str, object]) -> Callable[..., None]:
    """``__init__`` with a parameter per field; the assignment of a record goes past the refusal of ``__setattr__``."""
    parameters: list[str] = []
    lines: list[str] = []
    namespace: dict[str, Any] = {"_set": object.__setattr__}
    for name in cls.__match_args__:
        parameter = value = name
        if name in stated:
            default = stated[name]
            namespace[f"_default_{name}"] = default
            parameter = f"{name}=_default_{name}"
            if isinstance(default, _Field):
                namespace[f"_make_{name}"] = default.make
                value = f"_make_{name}() if {name} is _default_{name} else {name}"
                parameter = parameter if default.make else name
        parameters.append(parameter)
        lines.append("    " + assignment.format(name, value))
    exec("\n".join([f"def __init__(self, {', '.join(parameters)}):", *lines, "    return None"]), namespace)
    init: Callable[..., None] = namespace["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values(self: Any) -> tuple[object, ...]:
    return tuple([getattr(self, name) for name in self.__match_args__])


def _equal(self: Any, other: object) -> bool:
    if self is other:
        return True
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _show(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__shown__)})"


def _refuse(self: object, name: str, *value: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be changed")


def _reduce(self: Any) -> tuple[Callable[..., object], tuple[object, ...]]:
    return self.__class__, _values(self)
