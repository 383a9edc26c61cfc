"""Records behave as frozen dataclasses with slots do, states as those that are not frozen."""

import copy
import pickle
from typing import ClassVar

import pytest

from cnnspec.record import field, record, replace, state


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


@record
class Guarded:
    secret: str = field(repr=False)
    x: int = 1


@state
class Tally:
    """A tally."""

    count: int = 0
    seen: list[int] = field(default_factory=list[int])

    def add(self, number: int) -> None:
        self.count += 1
        self.seen.append(number)


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
        del point.x  # type: ignore[misc]
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


def test_a_default_that_is_changed_in_place_is_not_shared_and_hidden_fields_are_not_shown():
    with pytest.raises(TypeError, match="secret"):
        Guarded()  # type: ignore[call-arg]
    assert repr(Guarded("s")) == "Guarded(x=1)"
    assert Guarded("s") != Guarded("t")


def test_states_change_and_are_equal_to_themselves_only():
    one, other = Tally(), Tally()
    one.add(5)
    assert (one.count, one.seen, other.count, other.seen) == (1, [5], 0, [])
    assert repr(one) == "Tally(count=1, seen=[5])"
    assert one in (other, one)
    assert Tally() != Tally()
    assert len({one, other}) == 2
    with pytest.raises(AttributeError):
        one.total = 3  # type: ignore[attr-defined]
    assert copy.deepcopy(one).seen == [5]


def test_methods_of_its_own_are_kept():
    @record
    class Named:
        name: str
        note: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Named) and self.name == other.name

        def __hash__(self) -> int:
            return hash(self.name)

        def __repr__(self) -> str:
            return self.name

    assert Named("a", "x") == Named("a", "y")
    assert len({Named("a", "x"), Named("a", "y")}) == 1
    assert repr(Named("a", "x")) == "a"


def test_fields_without_a_default_come_first():
    @record
    class Wrong:
        x: int = 1
        y: int  # type: ignore[misc]

    with pytest.raises(TypeError, match="without a default"):
        Wrong(1, 2)


def test_classes_with_as_many_fields_share_nothing_but_their_form():
    @state
    class Pair:
        first: int
        second: str = "b"

    pair, other = Pair(1), Other(3)
    assert (pair.first, pair.second, other.x, other.y) == (1, "b", 3, 2)
    with pytest.raises(TypeError, match=r"Pair\.__init__.*'third'"):
        Pair(1, third=2)  # type: ignore[call-arg]
