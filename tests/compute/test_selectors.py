"""What selectors say, what they mean, and what is wrong with bad ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.compute.matching import Known
from certsync.compute.selectors import BadSelector, Selector, Term, parse

PAIRS = (
    ("AWS Certified Solutions Architect - Professional", "AWS"),
    ("AWS Certified Developer - Associate", "AWS"),
    ("Microsoft Certified: Azure Administrator Associate", "Microsoft"),
    ("Microsoft Certified: Azure Solutions Architect Expert", "Microsoft"),
    ("Google Cloud Professional Data Engineer", "Google Cloud"),
    ("CompTIA Security+", None),
    ("CISSP", "(ISC)²"),
    ("Unprofessional Conduct, Level 2", None),
)


def known(pairs: Sequence[tuple[str, str | None]]) -> Known:
    """What the matcher is given: indices into unique names and issuers."""
    names = list(dict.fromkeys(name for name, _ in pairs))
    issuers = list(dict.fromkeys(issuer for _, issuer in pairs if issuer))
    return Known(
        names,
        issuers,
        np.array([names.index(name) for name, _ in pairs], dtype=np.int64),
        np.array([issuers.index(by) if by else -1 for _, by in pairs], dtype=np.int64),
    )


def meant(text: str) -> list[int]:
    """The places in PAIRS of what the selector means."""
    selector = parse(text)
    assert isinstance(selector, Selector), selector
    return np.flatnonzero(known(PAIRS).matching(selector)).tolist()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("AWS Certified Solutions Architect - Professional", [0]),
        ("aws certified: solutions architect (PROFESSIONAL)", [0]),
        ("AWS Certified Solutions Architect", []),
        ("AWS *", [0, 1]),
        ("*architect*", [0, 3]),
        ("* - Professional", [0]),
        ("AWS*Professional", [0]),
        ("*", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("CISSP | CompTIA Security+", [5, 6]),
        ("Microsoft Certified: Azure Administrator Associate", [2]),
        ("Microsoft Certified: Azure* | CISSP", [2, 3, 6]),
        ("issuer:AWS", [0, 1]),
        ("issuer:google-cloud", [4]),
        ("issuer:*", [0, 1, 2, 3, 4, 6]),
        ("issuer:(ISC)2", [6]),
        ("issuer:AWS level:Professional", [0]),
        ("issuer: AWS level: Professional, Associate", [0, 1]),
        ("ISSUER:aws,microsoft Level:ASSOCIATE", [1, 2]),
        ("level:Professional", [0, 4]),
        ("level:Prof*", [0, 4]),
        ("level:Sol*Professional", []),
        ('level:"Solutions Architect"', [0, 3]),
        ("level:Solutions Architect", [0, 3]),
        ("level:Architect Solutions", []),
        ('name:"Microsoft Certified: Azure *" level:Expert', [3]),
        ("name:Microsoft Certified: Azure * level:Expert", [3]),
        ("name:*level* ", [7]),
        ('name:"Unprofessional Conduct, Level 2"', [7]),
        ('"Unprofessional Conduct, Level 2"', [7]),
        ("Unprofessional Conduct, Level 2", [7]),
        ("issuer:Google Cloud name:*data* | CISSP", [4, 6]),
        ("issuer:“Google Cloud”", [4]),
        ("issuer:AWS issuer:Microsoft", []),
    ],
)  # fmt: skip
def test_a_selector_means_these_certifications(text: str, places: list[int]) -> None:
    """Alternatives, wildcards and fields; case, spaces and punctuation do not matter."""
    assert meant(text) == places


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A part of the selector is empty."),
        ("  ", "A part of the selector is empty."),
        ("---", "A part of the selector is empty."),
        ("A |", "A part of the selector is empty."),
        ("A || B", "A part of the selector is empty."),
        ("issuer:", "A part of the selector is empty."),
        ("issuer:AWS level:", "A part of the selector is empty."),
        ("level:Professional,", "A part of the selector is empty."),
        ('name:""', "A part of the selector is empty."),
        ("vendor:AWS", "vendor: is not a field of a selector."),
        ("issuer:AWS tier:Gold", "tier: is not a field of a selector."),
        ('name:"AWS', "A quotation mark is not closed."),
        ("AWS level:Professional", '"AWS" stands before the field level:'),
    ],
)
def test_a_bad_selector_is_told(text: str, message: str) -> None:
    """Each mistake has its own sentence and a way to write it."""
    bad = parse(text)
    assert isinstance(bad, BadSelector)
    assert bad.message == message
    assert bad.code == "selector.syntax"
    assert bad.fix.endswith(".")


def test_the_fix_of_a_name_before_a_field_is_a_good_selector() -> None:
    """The message shows the selector as it has to be written."""
    bad = parse("AWS * level:Professional")
    assert isinstance(bad, BadSelector)
    fixed = re.search(r"Write (.*), or", bad.fix)
    assert fixed
    assert meant(fixed[1]) == [0]


def test_a_misspelt_name_is_suggested() -> None:
    """The nearest names and issuers come first; far ones are not offered."""
    for text, first in (
        ("AWS Certified Solution Architect Professional", f'"{PAIRS[0][0]}"'),
        ("issuer:Mircosoft level:Expert", 'issuer:"Microsoft"'),
    ):
        selector = parse(text)
        assert isinstance(selector, Selector)
        assert known(PAIRS).nearest(selector)[0] == first
    nothing = parse("Zebra keeping | level:Expert")
    assert isinstance(nothing, Selector)
    assert known(PAIRS).nearest(nothing) == []


def test_many_stars_take_no_time() -> None:
    """A pattern of many stars is tested in one pass, so that none can stop the run."""
    selector = parse("*a" * 40 + "*b")
    assert isinstance(selector, Selector)
    names = [("a" * 400 + str(at), None) for at in range(200)]
    assert not known(names).matching(selector).any()


words = st.text("ab1-. é", max_size=6)
values = st.lists(st.one_of(words, st.just("*")), min_size=1, max_size=4).map("".join)
terms = st.builds(
    Term,
    st.sampled_from(["name", "issuer", "level"]),
    st.lists(values, min_size=1, max_size=2).map(tuple),
)
selectors = st.lists(st.lists(terms, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2)
pairs = st.lists(st.tuples(words, st.none() | words), min_size=1, max_size=8)


def written(alternatives: Sequence[Sequence[Term]]) -> str:
    """The text of a selector, each value in quotes."""
    fields = [
        " ".join(f'{term.field}:"' + '","'.join(term.values) + '"' for term in some)
        for some in alternatives
    ]
    return " | ".join(fields)


def holds(term: Term, name: str, issuer: str | None) -> bool:
    """The definition of one field, word by word, with plain regular expressions."""

    def like(pattern: str, text: str) -> bool:
        parts = [re.escape(squeeze(part)) for part in pattern.split("*")]
        return re.fullmatch(".*".join(parts), squeeze(text)) is not None

    if term.field == "name":
        return any(like(value, name) for value in term.values)
    if term.field == "issuer":
        return issuer is not None and any(like(value, issuer) for value in term.values)
    has = re.findall(r"\w+", name)
    for value in term.values:
        wanted = re.findall(r"[\w*]+", value)
        for at in range(len(has) - len(wanted) + 1):
            if all(map(like, wanted, has[at : at + len(wanted)])):
                return True
    return False


def squeeze(text: str) -> str:
    """Letters and digits alone."""
    return "".join(c for c in text.casefold() if c.isalnum())


@settings(max_examples=300, deadline=None)
@given(selectors, pairs)
def test_matching_is_the_definition(
    alternatives: list[tuple[Term, ...]], given_pairs: list[tuple[str, str | None]]
) -> None:
    """Any selector means what its fields say, one certification at a time."""
    selector = parse(written(alternatives))
    empty = any(
        not squeeze(value) and "*" not in value
        for some in alternatives
        for term in some
        for value in term.values
    )
    assert isinstance(selector, BadSelector) == empty
    if isinstance(selector, Selector):
        wanted = [
            any(all(holds(term, name, by or None) for term in some) for some in alternatives)
            for name, by in given_pairs
        ]
        assert known(given_pairs).matching(selector).tolist() == wanted


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(), st.text('ab:|*,"- issuernamelevel', max_size=40)))
def test_any_text_is_read_or_reported(text: str) -> None:
    """No text makes the parser or the matcher fail."""
    selector = parse(text)
    if isinstance(selector, Selector):
        known(PAIRS).matching(selector)
        known(PAIRS).nearest(selector)
    else:
        assert selector.message
        assert selector.fix
