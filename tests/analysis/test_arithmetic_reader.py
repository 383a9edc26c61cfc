"""The reader must be able to find a wrong equation."""

import pytest

from support.arithmetic_reader import check_equation, check_rounded, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("⌊(28 + 2·0 − 3)/1⌋ + 1", 26),
        ("max((⌈28/2⌉ − 1)·2 + 3 − 28, 0)", 1),
        ("0 − 2·8", -16),
        ("−16", -16),
        ("1,024·1,024", 1048576),
        ("5·5·(96/2)·256", 307200),
    ],
)
def test_reads_arithmetic(text: str, value: int) -> None:
    assert read(text) == value


@pytest.mark.parametrize("text", ["3·3 = 9", "324/784 ≈ 41.3 %", "(4 − 1)/4 = 75 %", "5 − 1 = 4 = 2 + 2"])
def test_accepts_true_equations(text: str) -> None:
    check_equation(text)


@pytest.mark.parametrize(
    "text", ["3·3 = 10", "324/784 ≈ 41.4 %", "1/3 = 0.3", "3/4 ≈ 75 %", "3·3 = 9 units", "⌊7/2⌋ = 4", "2·(3 = 6"]
)
def test_refuses_false_equations(text: str) -> None:
    with pytest.raises(AssertionError):
        check_equation(text)


ROUNDED = ["0.1234 + 0.5 ≈ 0.6235", "3·(−0.3333) ≈ −1.000", "36/4 = 9", "1.0e−5·2 ≈ 0.00002", "−2·0.5 − 1 = −2"]
WRONG = ["0.1234 + 0.50 ≈ 0.6296", "3·(−0.3333) ≈ 1.000", "36/4 = 9.1", "2 + 2 ≈ 5", "1.5 + 1 ≈ 2.5 units"]


@pytest.mark.parametrize("text", ROUNDED)
def test_accepts_what_may_have_been_rounded(text: str) -> None:
    check_rounded(text)


@pytest.mark.parametrize("text", WRONG)
def test_refuses_what_no_rounding_explains(text: str) -> None:
    with pytest.raises(AssertionError):
        check_rounded(text)
