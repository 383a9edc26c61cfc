"""Small immutable records that cost little to define.

``@record`` gives a class what ``@dataclass(frozen=True, slots=True)`` gives: an ``__init__`` of its annotated fields,
equality, a hash, a repr, slots, and no assignment afterwards. The standard library compiles six methods per class for
that, half a millisecond each time Python starts; with over a hundred records that is a third of what ``cnnspec check``
may take. Here only ``__init__`` is compiled and the other methods are shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


class _Factory:
    """The default of a field that is made anew for each record."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """A default that is made anew for each record, such as ``field(default_factory=dict[str, int])``."""
    return _Factory(default_factory)  # type: ignore[return-value]  # a field specifier stands for its value


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a class with annotated fields an immutable record with slots; it must not inherit from another record."""
    names = tuple(name for name, kind in cls.__annotations__.items() if not str(kind).startswith(("ClassVar", "typing.ClassVar")))
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    kept = {key: value for key, value in cls.__dict__.items() if key not in defaults and key not in ("__dict__", "__weakref__")}
    shared: dict[str, Any] = {
        "__slots__": names,
        "__match_args__": names,
        "__init__": _compile_init(cls, names, defaults),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__reduce__": _reduce,
    }
    for name, method in (("__eq__", _equal), ("__hash__", _hash), ("__repr__", _show)):
        if name not in cls.__dict__ or (name == "__hash__" and cls.__dict__[name] is None):
            shared[name] = method
    made: type[T] = type(cls)(cls.__name__, cls.__bases__, {**kept, **shared})
    made.__qualname__ = cls.__qualname__
    return made


def replace(instance: T, /, **changes: object) -> T:
    """The record with some fields changed."""
    cls: Any = type(instance)
    return cls(**{**{name: getattr(instance, name) for name in cls.__match_args__}, **changes})


def _compile_init(cls: type, names: tuple[str, ...], defaults: dict[str, object]) -> Callable[..., None]:
    """``__init__`` with a parameter per field; assignment goes past the refusal of ``__setattr__``."""
    parameters = [f"{name}=_default_{name}" if name in defaults else name for name in names]
    lines = [f"def __init__(self, {', '.join(parameters)}):"]
    namespace: dict[str, Any] = {"_set": object.__setattr__}
    for name in names:
        value = name
        if name in defaults:
            default = defaults[name]
            namespace[f"_default_{name}"] = default
            if isinstance(default, _Factory):
                namespace[f"_make_{name}"] = default.make
                value = f"_make_{name}() if {name} is _default_{name} else {name}"
        lines.append(f"    _set(self, {name!r}, {value})")
    if len(lines) == 1:
        lines.append("    pass")
    exec("\n".join(lines), namespace)
    init: Callable[..., None] = namespace["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values(self: Any) -> tuple[object, ...]:
    return tuple(getattr(self, name) for name in self.__match_args__)


def _equal(self: Any, other: object) -> bool:
    if self is other:
        return True
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _show(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"


def _refuse(self: object, name: str, *value: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be changed")


def _reduce(self: Any) -> tuple[type, tuple[object, ...]]:
    return type(self), _values(self)
