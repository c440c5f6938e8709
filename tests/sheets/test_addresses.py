"""Which addresses can be delivered to, and what people hear of the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsync.sheets.addresses import deliverable, foreign, inside

ADDRESS = "code@x.example"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ann Lee <ann@acme.com>", "ann@acme.com"),
        ("ann@acme.com; bob@acme.com", "ann@acme.com"),
        ("Ann (ann@acme.com)", "ann@acme.com"),
        ("'ann@acme.com'", "ann@acme.com"),
        ("“ann@acme.com”", "ann@acme.com"),
        ("Write to o'brien@acme.com.", "o'brien@acme.com"),
        ("ünïcode@x.example", None),
        ("ann..lee@acme.com", None),
        ("ann@acme.com@x.example", None),
        ("mailto:ann@acme.com", None),
        ("ann@acme.com/bob@acme.com", None),
        ("ann@acme.comö", None),
    ],
)
def test_an_address_is_suggested_where_it_stands_free(text: str, found: str | None) -> None:
    """A part of what somebody wrote may be another person's address."""
    assert inside(text) == found


@given(before=st.characters(), after=st.characters())
def test_no_part_of_a_word_is_suggested(before: str, after: str) -> None:
    """Whatever stands beside an address is no part of another one, or nothing is suggested."""
    borders = " \t\n,;<>()\"'“”„«»\u2018\u2019\u201a"
    found = inside(f"{before}{ADDRESS}{after}")
    if found == ADDRESS:
        assert before in borders or before.isspace()
        assert after in f"{borders}." or after.isspace()
    elif found is not None:
        assert ADDRESS in found
        assert found in f"{before}{ADDRESS}{after}"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a5@bücher.example", "Write the domain as xn--bcher-kva.example."),
        ("Ann <ann@BÜCHER.example>", "Write the domain as xn--bcher-kva.example."),
        ("info@пример.рф", "Write the domain as xn--e1afmkfd.xn--p1ai."),
        ("ann@straße.example", "Write the domain as mail servers know it, which begins with xn--."),
        ("ann@bü..example", "Write the domain as mail servers know it, which begins with xn--."),
        (
            "ünïcode@bücher.example",
            "Mail servers on the way may not take letters beyond a to z before the @. Write an "
            "address without them.",
        ),
        ("ann@acme.com", None),
        ("Jürgen", None),
        ("@bücher.example", None),
    ],
)
def test_letters_that_ascii_lacks_are_named(text: str, advice: str | None) -> None:
    """A domain has a form for mail servers; before the @ there is none, so nothing is made up."""
    assert foreign(text) == advice


@given(st.text(st.sampled_from("aZ9.-@üßλ日' <>"), max_size=20))
def test_what_is_advised_is_an_address(text: str) -> None:
    """Nothing raises; a suggestion can be delivered to, and so can an encoded domain."""
    found, advice = inside(text), foreign(text)
    assert found is None or deliverable(found)
    if advice and "as xn--" in advice:
        assert deliverable(f"ann@{advice.removesuffix('.').rpartition(' ')[2]}")
