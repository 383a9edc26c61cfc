"""Records behave as frozen dataclasses with slots do."""

import copy
import pickle
from typing import ClassVar

import pytest

from cnnspec.record import field, record, replace


@record
class Point:
    """A point."""

    kind: ClassVar[str] = "point"
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> int:
        return self.x + self.y


@record
class Other:
    x: int
    y: int = 2


@record
class Empty:
    pass


def test_fields_defaults_and_properties():
    point = Point(1)
    assert (point.x, point.y, point.tags, point.total, Point.kind) == (1, 2, [], 3, "point")
    assert Point(1).tags is not Point(1).tags
    assert Point.__doc__ == "A point."
    with pytest.raises(TypeError, match="x"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="z"):
        Point(1, z=3)  # type: ignore[call-arg]


def test_equality_hash_and_repr():
    assert Other(1, 2) == Other(1)
    assert Other(1) != Other(2)
    assert Other(1) != Point(1)
    assert hash(Other(1)) == hash(Other(1))
    assert repr(Other(1)) == "Other(x=1, y=2)"
    assert Empty() == Empty()


def test_records_are_immutable_and_have_slots():
    point = Point(1)
    with pytest.raises(AttributeError, match="immutable"):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        point.z = 3  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="immutable"):
        del point.x
    assert not hasattr(point, "__dict__")


def test_replace_copy_pickle_and_match():
    assert replace(Other(1), y=5) == Other(1, 5)
    assert copy.deepcopy(Other(1)) == Other(1)
    assert pickle.loads(pickle.dumps(Other(3))) == Other(3)
    match Point(7):
        case Point(x, y=2):
            assert x == 7
        case _:
            pytest.fail("a record matches by its fields")
