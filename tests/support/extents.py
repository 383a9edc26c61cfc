"""Random sizes of unknowns, as Hypothesis strategies."""

from __future__ import annotations

from hypothesis import strategies as st

from cnnspec.layers.extent import Extent

#: Sizes to try a formula on: past the start and several periods of what is drawn here.
SIZES = range(1, 400)


def _steps(names: tuple[str, ...]) -> st.SearchStrategy[int | Extent]:
    symbols = st.sampled_from([Extent.symbol(name) for name in names])

    def extend(inner: st.SearchStrategy[int | Extent]) -> st.SearchStrategy[int | Extent]:
        floors = st.tuples(inner, st.integers(-9, 9), st.integers(2, 5)).map(lambda t: (t[0] + t[1]) // t[2])
        maxima = st.tuples(inner, st.integers(-3, 20)).map(lambda t: _at_least(*t))
        sums = st.tuples(inner, inner, st.integers(1, 3), st.integers(-2, 2)).map(lambda t: t[2] * t[0] + t[3] * t[1])
        return st.one_of(floors, floors, maxima, sums)

    return st.recursive(symbols, extend, max_leaves=6)


def _at_least(size: int | Extent, bound: int) -> int | Extent:
    return size.at_least(bound) if isinstance(size, Extent) else max(size, bound)


def extents(*names: str) -> st.SearchStrategy[Extent]:
    """Sums of whole multiples, floors and maxima of the unknowns of these names."""
    return _steps(names).filter(lambda size: isinstance(size, Extent))  # type: ignore[return-value]
