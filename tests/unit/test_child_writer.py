"""A child is recognised by what she says of herself, and nobody else is taken for one."""

from __future__ import annotations

import pytest

from handoff.detection.child_writer import written_by_child


@pytest.mark.parametrize(
    "text",
    [
        "ik ben 13 en papa slaat mij",
        "Ik ben 11 jaar.",
        "ik ben pas twaalf jaar oud, wat moet ik doen",
        "ik ben een meisje van 14",
        "ik zit in groep 8 en durf niet naar huis",
        "ik zit in de brugklas",
        "mijn juf zegt dat ik hulp moet zoeken",
        "Ik word elke dag gepest op school",
        "ik zit op het vmbo en ik zit op de middelbare",
    ],
)
def test_who_says_that_she_is_a_child_is_one(text: str) -> None:
    assert written_by_child([text])


@pytest.mark.parametrize(
    "text",
    [
        "ik ben 13 weken zwanger",
        "ik ben 15 jaar getrouwd",
        "ik ben 10 minuten te laat voor mijn afspraak",
        "ik ben 12 jaar geleden verhuisd",
        "ik ben 63",
        "ik ben 18 jaar en wil een rijbewijs",
        "mijn dochter is 13 en wil niet meer leven",
        "mijn zoon zegt: ik ben 13 en ik haat school",
        "de juf van mijn zoon belde",
        "hoe meld ik mijn kind aan op school",
        "toen ik 12 was, toen zei mijn meester al dat ik hulp nodig had",
        "ik ben 17 euro te veel kwijt",
        "ik ben nummer 7 in de rij",
        "",
    ],
)
def test_nobody_else_is_taken_for_a_child(text: str) -> None:
    assert not written_by_child([text])


def test_what_she_said_before_counts() -> None:
    assert written_by_child(["hoi", "ik ben 12", "ik wil niet meer leven"])
