"""What lies encrypted can be read with its own key only, and a hash tells nothing but equality."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.vault import Vault, WrongKey, new_token, token_hash

HERE, ELSEWHERE = Vault("sleutel-een-van-veertig-tekens-of-meer-aa"), Vault("sleutel-twee-van-veertig-tekens-of-meer-a")


@given(st.text())
def test_a_value_comes_back_as_it_was_and_is_never_encrypted_the_same_twice(value: str) -> None:
    first, second = HERE.encrypt(value), HERE.encrypt(value)
    assert HERE.decrypt(first) == HERE.decrypt(second) == value
    assert first != second


def test_another_key_cannot_read_it_and_says_what_to_do() -> None:
    with pytest.raises(WrongKey, match="BALIE_SECRET_KEY"):
        ELSEWHERE.decrypt(HERE.encrypt("06 12345678"))


def test_an_altered_value_is_refused() -> None:
    altered = bytearray(HERE.encrypt("06 12345678"))
    altered[20] ^= 1
    with pytest.raises(WrongKey):
        HERE.decrypt(bytes(altered))


def test_equal_values_have_equal_hashes_under_one_key_only() -> None:
    assert HERE.equality_hash("0612345678") == HERE.equality_hash("0612345678")
    assert HERE.equality_hash("0612345678") != HERE.equality_hash("0612345679")
    assert HERE.equality_hash("0612345678") != ELSEWHERE.equality_hash("0612345678")
    assert len(HERE.equality_hash("")) == 64


def test_tokens_are_long_different_and_stored_only_as_a_hash() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43, "256 bits"
    assert len({token_hash(token) for token in tokens} | tokens) == 200
