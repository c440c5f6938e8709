"""How names are compared, and how the nearest of them is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.sheets.names import fold
from certsync.sheets.near import closest, nearest, slip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AWS Certified: Solutions-Architect", "aws certified solutions architect"),
        ("Expiration_Date", " EXPIRATION\u00a0date* "),
        ("Stra\u00dfe", "STRASSE"),
        ("\uff23\uff2b\uff21", "cka"),
        ("Jose\u0301", "jos\u00e9"),
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    """Case, spaces, punctuation and the width of letters do not matter."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("E-12", "E-13"), ("\u0930\u093e\u092e", "\u0930\u092e\u093e"), ("Jose", "Jos\u00e9")],
)
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    """A digit, an accent and the vowel signs of Devanagari tell names apart."""
    assert fold(one) != fold(other)


@settings(deadline=None)
@given(st.text(max_size=20), st.sampled_from(" -_.,/'\u00a0"))
def test_folding_is_stable(text: str, mark: str) -> None:
    """A folded name folds to itself, and punctuation around it changes nothing."""
    assert fold(fold(text)) == fold(text)
    assert fold(f"{mark}{text}{mark}") == fold(text)


def test_the_nearest_name() -> None:
    """Letters, order of words and whole words count; below the cutoff nobody is named."""
    names = ["John Smith", "Jane Doe", "Wei Zhang"]
    assert nearest("Jon Smith", names) == "John Smith"
    assert nearest("Zhang, Wei", names) == "Wei Zhang"
    assert nearest("Jane", names) == "Jane Doe"
    assert nearest("Priya Patel", names) is None
    assert nearest("x", []) is None
    assert closest(["Expires at", "Notes"], ["Expires", "Expiry"], 60) == ("Expires at", "Expires")
    assert closest([], ["Expires"], 60) is None


def test_a_slip_is_one_letter_and_two_in_long_names() -> None:
    """Only what a slip of the keyboard makes is one; the name itself is none."""
    assert slip("Verifed", "Verified")
    assert slip("Client Requirments", "Client Requirements")
    assert not slip("Verified", "Verified")
    assert not slip("Date", "Rate of pay")
    assert not slip("Tie", "Die")
