import pytest

from agentworlds.report import wording


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0, "0.0"),
        (0.0001, "<0.1"),
        (0.041, "4.1"),
        (0.9999, ">99.9"),
        (1.0, "100.0"),
    ],
)
def test_none_and_all_are_said_only_of_none_and_all(share: float | None, text: str) -> None:
    assert wording.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (0.5, "0.5"), (-1.25, "−1.25"), (-0.001, "0"), (1234.0, "1,234")]
)
def test_a_number_has_no_idle_zeros(value: float, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.50"), (-0.091, "−0.09"), (-0.001, "0.00")])
def test_a_decimal_has_two_places(value: float, text: str) -> None:
    assert wording.decimal(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5 µs"), (15.85, "15.8 µs"), (1000.0, "1 ms"), (999.9, "1 ms"), (2_512_000.0, "2.51 s")],
)
def test_a_duration_is_said_in_the_unit_that_suits_it(value: float, text: str) -> None:
    assert wording.microseconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(8.44, "8.4"), (127.4, "127"), (12345.0, "12,345")])
def test_microseconds_in_a_column_have_no_unit(value: float, text: str) -> None:
    assert wording.micros(value) == text


def test_one_is_singular() -> None:
    assert [wording.plural(value, "world") for value in (0, 1, 1600)] == ["0 worlds", "1 world", "1,600 worlds"]


def test_counts_and_ids_are_made_readable() -> None:
    assert (wording.count(12345), wording.words("vet_clinic")) == ("12,345", "vet clinic")
