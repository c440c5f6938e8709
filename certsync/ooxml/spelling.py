"""How rows and cells are spelt in a worksheet part: the patterns to find and change them by."""

from __future__ import annotations

import re
from functools import lru_cache

from certsync.ooxml import xml

ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")
REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)\d+[\"']")
STYLE = re.compile(rb"\ss\s*=\s*[\"'](\d+)[\"']")
CUSTOM_FORMAT = re.compile(rb"\scustomFormat\s*=\s*[\"'](?:1|true|on)[\"']")
# The cell's place and format, and what describes only its old value.
OWN = re.compile(rb"\s+(?:r|s|t|cm|vm|ph)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_SPANS = re.compile(rb"\sspans\s*=\s*[\"']([\d:\s]*)[\"']")
_ATTRIBUTES = rb"[^>\"'/]*(?:\"[^\"]*\"[^>\"'/]*|'[^']*'[^>\"'/]*)*"


class Spelling:
    """The patterns for a part whose elements carry this prefix."""

    def __init__(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self.prefix = prefix
        self.row = re.compile(rb'<%brow(?: r="(\d+)")?(?=[\s/>])(%b)(/?)>' % (p, _ATTRIBUTES))
        # A row as nearly every program writes it, with cells.
        self.usual_row = re.compile(rb'<%brow r="(\d+)"((?: [^>/]*)?)>' % p)
        self.row_end = b"</%brow" % prefix
        self.cell = re.compile(
            rb"<%bc(?=[\s/>])(%b)(?:/>|>(.*?)</%bc\s*>)" % (p, _ATTRIBUTES, p), re.DOTALL
        )
        self.cell_start = b'<%bc r="' % prefix
        self.formula = re.compile(rb"<%bf[\s/>]" % p)
        # What nearly every cell looks like behind its reference: no formula, nothing unusual.
        tag = rb'(?: s="(\d+)")?(?: t="[a-zA-Z]+")?'
        usual = rb"%b(?:/>|>(?:<%bv>[^<]*</%bv>|<%bis><%bt(?: [^>]*)?>[^<]*</%bt></%bis>)?</%bc>)"
        usual %= (tag, *(p,) * 7)
        self.usual = re.compile(usual)
        self.usual_style = re.compile(tag + rb"/?>")
        self.last = re.compile(rb'<%bc r="([A-Z]+)\d+"' % p + usual)

    def styles_of(self, letters: bytes) -> re.Pattern[bytes]:
        """The cells of one column, with their format."""
        return re.compile(
            rb'<%bc r="%b\d+"(?: s="(\d+)")?(?: t="[a-zA-Z]+")?/?>'
            % (re.escape(self.prefix), letters)
        )


spelling = lru_cache(maxsize=16)(Spelling)


@lru_cache(maxsize=4096)
def style_attribute(number: int) -> bytes:
    """The attribute of a cell for a format number, with its leading space."""
    return b' s="%d"' % number if number else b""


@lru_cache(maxsize=4096)
def widened(attributes: bytes, first: int, last: int) -> xml.Splice | None:
    """The splice in a row's attributes that lets its `spans` hold these columns, if any does."""
    spans = _SPANS.search(attributes)
    ends = [int(end) for end in spans[1].replace(b":", b" ").split()] if spans else []
    if spans is None or not ends or (min(ends) <= first and last <= max(ends)):
        return None
    return spans.start(1), spans.end(1), b"%d:%d" % (min(*ends, first), max(*ends, last))
