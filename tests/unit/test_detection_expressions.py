"""The expressions' own language: gaps, orders, choices, typing errors and the borders of sentences."""

from __future__ import annotations

import pytest

from handoff.detection.patterns import InvalidExpression, compile_expression
from handoff.detection.words import read

CLASSES = {"family": ("moeder", "vader")}


def found(source: str, text: str) -> bool:
    return compile_expression(source, CLASSES).find(read(text)) is not None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("niet meer leven", "Ik wil niet meer leven."),
        ("wil .. leven", "ik wil echt nooit meer leven"),
        ("wil ... leven", "ik wil na alles wat er hier is gebeurd leven"),
        ("slaat & mij", "mij slaat hij"),
        ("slaat & mij", "hij slaat ons en ook mij"),
        ("hij|zij schopt", "zij schopt"),
        ("zelfmoord*", "zelfmoordgedachten"),
        ("*brand", "een woningbrand"),
        ("ik even? wacht", "ik wacht"),
        ("$family belt", "mama belt"),
        ("slaapt op_straat|buiten", "hij slaapt op straat"),
        ("< medewerker >", "Hallo. Medewerker!"),
        ("medewerker", "mag ik een medewerkr"),
        ("mij slaan", "MIJN SLAAN"),
    ],
)
def test_an_expression_is_found(source: str, text: str) -> None:
    assert found(source, text)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("wil .. leven", "ik wil na alles wat er hier is gebeurd leven"),
        ("niet meer leven", "Niet meer. Leven."),
        ("slaat & mij", "Hij slaat. Mij niet gezien."),
        ("hij|zij schopt", "wij schopten"),
        ("< medewerker >", "een medewerker hielp mij"),
        ("$family belt", "oma belt"),
    ],
)
def test_what_it_does_not_say_is_not_found(source: str, text: str) -> None:
    assert not found(source, text)


@pytest.mark.parametrize("source", ["", "a & ", "a & b & c & d", "$unknown", "a||b"])
def test_an_expression_that_cannot_be_read_is_refused_with_its_text(source: str) -> None:
    with pytest.raises(InvalidExpression, match=r"is no expression|words\.yml does not have|empty choice"):
        compile_expression(source, CLASSES)
