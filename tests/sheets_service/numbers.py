"""How numbers and dates are written: the locales, and Google's number patterns.

A date is a serial number: days since 1899-12-30. Patterns are told in Google's "Date and number
formats" guide; what certsync's tests do not meet (fractions, conditions, colours) is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

EPOCH = datetime(1899, 12, 30)


@dataclass(frozen=True)
class Locale:
    """How a locale writes numbers and dates."""

    decimal: str
    thousands: str
    date: str
    time: str = "HH:mm:ss"
    currency: str = "€"
    currency_pattern: str = '#,##0.00" €"'
    clock_with_date: str = "HH:mm:ss"

    @property
    def order(self) -> str:
        """The order of day, month and year: `mdy`."""
        return "".join(dict.fromkeys(c for c in self.date.lower() if c in "dmy"))


_POUND, _DOLLAR = '"£"#,##0.00', '"$"#,##0.00'
LOCALES = {
    "en_US": Locale(".", ",", "M/d/yyyy", "h:mm:ss am/pm", "$", _DOLLAR, "H:mm:ss"),
    "en_GB": Locale(".", ",", "dd/MM/yyyy", "HH:mm:ss", "£", _POUND),
    "en_AU": Locale(".", ",", "dd/MM/yyyy", "h:mm:ss am/pm", "$", _DOLLAR),
    "en_CA": Locale(".", ",", "yyyy-MM-dd", "h:mm:ss am/pm", "$", _DOLLAR),
    "en_IN": Locale(".", ",", "dd/MM/yyyy", "HH:mm:ss", "₹", '"₹"#,##0.00'),
    "de_DE": Locale(",", ".", "dd.MM.yyyy"),
    "fr_FR": Locale(",", "\u202f", "dd/MM/yyyy"),
    "es_ES": Locale(",", ".", "d/M/yyyy"),
    "it_IT": Locale(",", ".", "dd/MM/yyyy"),
    "nl_NL": Locale(",", ".", "d-M-yyyy", currency_pattern='"€ "#,##0.00'),
    "pt_BR": Locale(",", ".", "dd/MM/yyyy", "HH:mm:ss", "R$", '"R$ "#,##0.00'),
    "ja_JP": Locale(".", ",", "yyyy/MM/dd", "H:mm:ss", "¥", '"¥"#,##0'),
    "sv_SE": Locale(",", "\u00a0", "yyyy-MM-dd", "HH:mm:ss", "kr", '#,##0.00" kr"'),
}
_BY_LANGUAGE = {name[:2]: name for name in reversed(LOCALES)}

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

DEFAULT_PATTERNS = {"NUMBER": "#,##0.00", "PERCENT": "0.00%", "SCIENTIFIC": "0.00E+00", "TEXT": "@"}
DATE_TYPES = frozenset({"DATE", "TIME", "DATE_TIME"})

_PIECE = re.compile(
    r'"(?P<text>[^"]*)"|\\(?P<one>.)|_(?P<gap>.)|\*.|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]'
    r"|(?P<half>am/pm|a/p)|(?P<part>y+|m+|d+|h+|s+)|(?P<fraction>\.0+)|(?P<any>.)",
    re.I | re.S,
)
_SECTIONS = re.compile(r'((?:"[^"]*"|\\.|[^;"\\])*)(?:;|$)', re.S)


def locale(name: str) -> Locale:
    """The locale of this name, or its language's, or else the one of the United States."""
    return LOCALES.get(name) or LOCALES[_BY_LANGUAGE.get(name[:2], "en_US")]


@lru_cache(maxsize=256)
def default_pattern(type_: str, of: Locale) -> str:
    """The pattern of a number format that gives only its type."""
    by_locale = {
        "DATE": of.date,
        "TIME": of.time,
        "DATE_TIME": f"{of.date} {of.clock_with_date}",
        "CURRENCY": of.currency_pattern,
    }
    return by_locale.get(type_) or DEFAULT_PATTERNS.get(type_, "")


def serial(moment: date | datetime) -> float | int:
    """A date or a datetime as a serial number."""
    if not isinstance(moment, datetime):
        return (moment - EPOCH.date()).days
    span = moment.replace(tzinfo=None) - EPOCH
    if not span.seconds and not span.microseconds:
        return span.days
    return round(span / timedelta(days=1), 10)


@lru_cache(maxsize=1024)
def shows_date(pattern: str) -> bool:
    """Whether a pattern shows a number as a date or time."""
    return any(m["part"] or m["elapsed"] or m["half"] for m in _PIECE.finditer(pattern))


@lru_cache(maxsize=1 << 16)
def formatted(value: float | int, pattern: str, of: Locale) -> str:
    """A number as its pattern shows it."""
    if not pattern or pattern.casefold() == "general" or pattern == "@":
        return general(value, of)
    if shows_date(pattern):
        return _as_date(value, pattern)
    sections = [m[1] for m in _SECTIONS.finditer(pattern)]
    if pattern and sections and sections[-1] == "" and not pattern.endswith(";"):
        sections.pop()
    if value < 0 and len(sections) > 1:
        return _as_number(-value, sections[1], of)
    if value == 0 and len(sections) > 2:
        return _as_number(value, sections[2], of)
    sign = "-" if value < 0 else ""
    shown = _as_number(abs(value), sections[0], of)
    return sign + shown if any(c in "123456789" for c in shown) else shown


def general(value: float | int, of: Locale) -> str:
    """A number in a cell without a number format: ten digits, fewer where they say nothing."""
    if isinstance(value, int) or value.is_integer():
        if abs(value) < 10**15:
            return str(int(value))
        digits = f"{value:.5E}"
    else:
        digits = f"{value:.10G}"
        if "E" not in digits:
            return digits.replace(".", of.decimal)
    mantissa, _, exponent = digits.partition("E")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}E{exponent}".replace(".", of.decimal)


def _as_date(value: float | int, pattern: str) -> str:
    pieces = list(_PIECE.finditer(pattern.split(";")[0]))
    fraction = next((len(m["fraction"]) - 1 for m in pieces if m["fraction"]), 0)
    unit = 10 ** max(6 - fraction, 0)
    micros = round(value * 86_400_000_000 / unit) * unit
    try:
        moment = EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return "#" * 10
    halves = any(m["half"] for m in pieces)
    return "".join(
        _date_piece(pieces, i, moment, micros // 1_000_000, halves) for i in range(len(pieces))
    )


def _date_piece(
    pieces: list[re.Match[str]], at: int, moment: datetime, seconds: int, halves: bool
) -> str:
    piece = pieces[at]
    if elapsed := piece["elapsed"]:
        whole = seconds // {"h": 3600, "m": 60, "s": 1}[elapsed[0].lower()]
        return f"{whole:0{len(elapsed)}d}"
    if half := piece["half"]:
        word = "AM" if moment.hour < 12 else "PM"
        return word[: 1 + (len(half) > 3)]
    if fraction := piece["fraction"]:
        return f".{moment.microsecond:06d}"[: len(fraction)]
    if not (part := piece["part"]):
        return piece["text"] or piece["one"] or (" " if piece["gap"] else piece["any"]) or ""
    letter, width = part[0].lower(), len(part)
    if letter == "y":
        return str(moment.year) if width > 2 else f"{moment.year % 100:02d}"
    if letter == "m" and not _is_minute(pieces, at):
        name = MONTHS[moment.month - 1]
        names = {3: name[:3], 4: name, 5: name[0]}
        return names.get(width) or f"{moment.month:0{min(width, 2)}d}"
    if letter == "d" and width > 2:
        day = _DAYS[moment.weekday()]
        return day[:3] if width == 3 else day
    hour = (moment.hour % 12 or 12) if halves else moment.hour
    number = {"m": moment.minute, "d": moment.day, "h": hour, "s": moment.second}[letter]
    return f"{number:0{min(width, 2)}d}"


def _is_minute(pieces: list[re.Match[str]], at: int) -> bool:
    """An m is minutes right behind hours and right before seconds, else the month."""

    def letter(piece: re.Match[str]) -> str:
        return (piece["part"] or piece["elapsed"] or "")[:1].lower()

    before = [letter(p) for p in pieces[:at] if letter(p)]
    behind = [letter(p) for p in pieces[at + 1 :] if letter(p)]
    return (bool(before) and before[-1] == "h") or (bool(behind) and behind[0] == "s")


_NUMBER_PIECE = re.compile(
    r'"(?P<text>[^"]*)"|\\(?P<one>.)|_(?P<gap>.)|\*.|\[\$(?P<symbol>[^\]-]*)[^\]]*\]|\[[^\]]*\]'
    r"|(?P<digit>[0#?])|(?P<exponent>E[+-]0+)|(?P<any>.)",
    re.I | re.S,
)


def _as_number(value: float | int, section: str, of: Locale) -> str:
    pieces: list[tuple[str, str]] = []
    for m in _NUMBER_PIECE.finditer(section):
        if m["digit"] or m["exponent"]:
            pieces.append(("digit" if m["digit"] else "exponent", m["digit"] or m["exponent"]))
        elif (other := m["any"]) and other in ".,%":
            pieces.append((other, other))
        elif text := m["text"] or m["one"] or m["symbol"] or (" " if m["gap"] else m["any"]):
            pieces.append(("text", text))
    kinds = [kind for kind, _ in pieces]
    if "digit" not in kinds:
        return "".join(text if text != "@" else general(value, of) for _, text in pieces)
    point = kinds.index(".") if "." in kinds else len(kinds)
    places = [i for i in range(len(pieces)) if kinds[i] == "digit" and i < point]
    behind = [i for i in range(len(pieces)) if kinds[i] == "digit" and i > point]
    last = (places + behind)[-1]
    grouped = any(k == "," and i < (places or [0])[-1] for i, k in enumerate(kinds))
    scale = sum(k == "," and i > last for i, k in enumerate(kinds))
    number = Decimal(repr(value)) * 100 ** kinds.count("%") / Decimal(1000) ** scale
    exponent = 0
    if "exponent" in kinds and number:
        exponent = number.adjusted() - max(len(places) - 1, 0)
        number = number.scaleb(-exponent)
    number = number.quantize(Decimal(1).scaleb(-len(behind)), rounding=ROUND_HALF_UP)
    whole, _, decimals = f"{number:f}".partition(".")
    filled = _filled(whole if int(whole) else "", [pieces[i][1] for i in places], grouped, of)
    shown: list[str] = []
    for i, (kind, text) in enumerate(pieces):
        if kind == "digit" and i < point:
            shown.append(filled[places.index(i)])
        elif kind == "digit":
            at = behind.index(i)
            needed = any(c != "0" for c in decimals[at:]) or "0" in [
                pieces[j][1] for j in behind[at:]
            ]
            shown.append(decimals[at] if needed else "")
        elif kind == "exponent":
            digits = str(abs(exponent)).zfill(len(text) - 2)
            shown.append(f"E{'-' if exponent < 0 else '+' if text[1] == '+' else ''}{digits}")
        elif kind == ".":
            shown.append(of.decimal)
        elif kind != ",":
            shown.append(text)
    return "".join(shown)


def _filled(digits: str, places: list[str], grouped: bool, of: Locale) -> list[str]:
    """The digits before the point, dealt out to the places of a pattern from the right."""
    filled, count = [""] * len(places), 0
    for i in reversed(range(len(places))):
        take = digits if i == 0 else digits[-1:]
        digits = "" if i == 0 else digits[:-1]
        take = take or {"0": "0", "?": " "}.get(places[i], "")
        text = ""
        for digit in reversed(take):
            text = digit + (of.thousands if grouped and count and count % 3 == 0 else "") + text
            count += 1
        filled[i] = text
    return filled
