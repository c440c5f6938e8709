"""Cell formats of a workbook: found or appended, never moved."""

from __future__ import annotations

import posixpath
from collections.abc import Hashable
from typing import Final, NamedTuple

from certsync.errors import WorkbookRefused
from certsync.ooxml import formats, numbers, shelves, xml
from certsync.ooxml.formats import Attributes, Node
from certsync.ooxml.numbers import Numbers
from certsync.ooxml.package import RELATIONSHIPS, Package
from certsync.ooxml.shelves import ITEMS, Shelf

CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
# What a workbook without styles shows; Excel wants the first font, fills, border and formats.
NEW: Final = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    b"</styleSheet>"
)
_YES, _NO = ("1", "true"), ("0", "false")


class _Look(NamedTuple):
    """What one `<xf>` says: numbers of a number format, a font, a fill, a border and a style."""

    number: int = 0
    font: int = 0
    fill: int = 0
    border: int = 0
    alignment: Attributes = ()
    protection: Attributes = ()
    style: int = 0


# For each field of a look, the flag of an `<xf>` that says it does not come from the style.
_FLAGS: Final = (
    "applyNumberFormat",
    "applyFont",
    "applyFill",
    "applyBorder",
    "applyAlignment",
    "applyProtection",
)


class Styles:
    """The styles part of a workbook. Formats are found or appended; what was there stays.

    A cell format goes by its number, the `s` of a cell; one that does not exist counts as 0.
    Raises XmlError if the bytes cannot be edited.
    """

    def __init__(self, part: bytes = NEW) -> None:
        self._part = part
        self._xml = xml.editable(part)
        root = xml.root(self._xml)
        if root.empty:
            self._xml = xml.splice(self._xml, [xml.appended(self._xml, root, b"")])
        items: dict[str, list[Node]] = {name: [] for name in ITEMS}
        for collection in formats.parse(self._xml):
            name = formats.local(collection)
            if name in items:
                found = (formats.node(item) for item in collection)
                items[name] += [item for item in found if item.name == ITEMS[name]]
        # Excel shows the first two fills as these, whatever the file says.
        items["fills"][:2] = formats.FIXED_FILLS[: len(items["fills"])]
        self._parents = items["cellStyleXfs"]
        normal = [s for s in items["cellStyles"] if s.get("builtinId") == "0"]
        self._normal = normal[0].whole("xfId") if normal else 0
        used = [xf.whole("numFmtId") for xf in (*items["cellXfs"], *self._parents)]
        self._numbers = Numbers(items["numFmts"], used)
        self._fonts = Shelf(items["fonts"], formats.key, (formats.NORMAL_FONT,))
        self._fills = Shelf(items["fills"], formats.key, formats.FIXED_FILLS)
        self._borders = Shelf(items["borders"], formats.key, (formats.NO_BORDER,))
        self._xfs = Shelf(items["cellXfs"], self._sight, (self._xf(_Look()),))
        self._dxfs = Shelf(items["dxfs"], formats.key)

    @property
    def changed(self) -> bool:
        """True if something was appended."""
        return any(self._additions().values())

    def to_bytes(self) -> bytes:
        """The part with what was appended; the bytes that were given where nothing was."""
        return shelves.grown(self._xml, self._additions()) if self.changed else self._part

    def derive(
        self,
        base: int,
        *,
        number: str | None = None,
        plain_font: bool = False,
        wrap: bool | None = None,
        horizontal: str | None = None,
    ) -> int:
        """The cell format that looks like `base` but for what is named.

        Args:
            base: A cell format.
            number: The code of a number format, such as `yyyy-mm-dd`.
            plain_font: No bold, italics, lines or effects, the colour of ordinary cells, and
                no cell style such as Hyperlink.
            wrap: Whether text wraps.
            horizontal: `left`, `center`, `right` or `general`.
        """
        look = self._look(self._xfs[base])
        if number is not None:
            look = look._replace(number=self._numbers.place(number))
        if plain_font:
            font = formats.plain(self._fonts[look.font], self._fonts[0])
            look = look._replace(font=self._fonts.place(font), style=self._normal)
        if wrap is not None:
            look = look._replace(alignment=_with(look.alignment, "wrapText", "1" if wrap else None))
        if horizontal is not None:
            kept = _with(look.alignment, "indent", None)
            value = None if horizontal == "general" else horizontal
            look = look._replace(alignment=_with(kept, "horizontal", value))
        return self._xfs.place(self._xf(look))

    def number_format(self, xf: int) -> str:
        """The code of a cell format's number format; built-in ones as American Excel shows them."""
        number = self._numbers.code(self._xfs[xf].whole("numFmtId"))
        return numbers.BUILTIN.get(number, "General") if isinstance(number, int) else number

    def is_date(self, xf: int) -> bool:
        """True if a cell format shows a number as a day, a month or a year."""
        return numbers.shows_date(self._numbers.code(self._xfs[xf].whole("numFmtId")))

    def dxf(self, *, color: str | None, fill: str | None, bold: bool = False) -> int:
        """The differential format with this text colour and background, both RRGGBB."""
        font: tuple[Node, ...] = (Node("b"),) if bold else ()
        if color is not None:
            font += (Node("color", formats.rgb(color)),)
        parts: tuple[Node, ...] = (Node("font", children=font),) if font else ()
        if fill is not None:
            pattern = Node("patternFill", children=(Node("bgColor", formats.rgb(fill)),))
            parts += (Node("fill", children=(pattern,)),)
        return self._dxfs.place(Node("dxf", children=parts))

    def adopt(self, other: Styles, xf: int) -> int:
        """The cell format here that looks like format `xf` of another workbook.

        It hangs on this workbook's Normal style. Format 0, which cells without a format have,
        becomes this workbook's own format 0.
        """
        if xf == 0:
            return 0
        look = other._look(other._xfs[xf])
        here = look._replace(
            number=self._numbers.place(other._numbers.code(look.number)),
            font=self._fonts.place(formats.finished(other._fonts[look.font])),
            fill=self._fills.place(formats.finished(other._fills[look.fill])),
            border=self._borders.place(formats.finished(other._borders[look.border])),
            style=self._normal,
        )
        return self._xfs.place(self._xf(here))

    def adopt_dxf(self, other: Styles, dxf: int) -> int:
        """The differential format here that looks like format `dxf` of another workbook."""
        return self._dxfs.place(formats.finished(other._dxfs[dxf]))

    def _additions(self) -> dict[str, list[Node]]:
        return {
            "numFmts": self._numbers.added,
            "fonts": self._fonts.added,
            "fills": self._fills.added,
            "borders": self._borders.added,
            "cellXfs": self._xfs.added,
            "dxfs": self._dxfs.added,
        }

    def _look(self, xf: Node) -> _Look:
        alignment, protection = xf.child("alignment"), xf.child("protection")
        return _Look(
            xf.whole("numFmtId"),
            xf.whole("fontId"),
            xf.whole("fillId"),
            xf.whole("borderId"),
            formats.key(alignment).attributes if alignment else (),
            formats.key(protection).attributes if protection else (),
            xf.whole("xfId"),
        )

    def _sight(self, xf: Node) -> Hashable | None:
        """What a cell format shows; None for one that does more, or less than it says."""
        if xf.get("quotePrefix") in _YES or xf.get("pivotButton") in _YES or xf.child("extLst"):
            return None
        look, parent = self._canonical(self._look(xf)), self._parent(xf.whole("xfId"))
        for flag, mine, inherited in zip(_FLAGS, look, parent, strict=False):
            if xf.get(flag) in _NO and mine != inherited:
                return None
        return look

    def _canonical(self, look: _Look) -> tuple[Hashable, ...]:
        return (
            self._numbers.code(look.number),
            self._fonts.same(look.font),
            self._fills.same(look.fill),
            self._borders.same(look.border),
            *look[4:],
        )

    def _parent(self, style: int) -> tuple[Hashable, ...]:
        known = style < len(self._parents)
        return self._canonical(self._look(self._parents[style]) if known else _Look())

    def _xf(self, look: _Look) -> Node:
        """A cell format that looks so, with a flag for each thing that its style has not."""
        attributes = [
            ("numFmtId", str(look.number)),
            ("fontId", str(look.font)),
            ("fillId", str(look.fill)),
            ("borderId", str(look.border)),
        ]
        if self._parents:
            attributes.append(("xfId", str(look.style)))
        pairs = zip(_FLAGS, self._canonical(look), self._parent(look.style), strict=False)
        attributes += [(flag, "1") for flag, mine, inherited in pairs if mine != inherited]
        parts = (("alignment", look.alignment), ("protection", look.protection))
        return Node("xf", tuple(attributes), tuple(Node(n, a) for n, a in parts if a))


def load(package: Package) -> Styles:
    """The styles of a workbook; new ones where it has none. Raises WorkbookRefused."""
    part = _part(package)
    try:
        return Styles(package.read(part)) if part else Styles()
    except xml.XmlError as error:
        raise WorkbookRefused(
            package.name,
            f"its part {part} {error}",
            "Open it in Excel, repair it, save it, and run again.",
        ) from error


def save(package: Package, styles: Styles) -> None:
    """Put the styles back if they changed; a workbook without styles gets the part."""
    if not styles.changed:
        return
    part = _part(package)
    if part is None:
        workbook = package.workbook_part()
        part = posixpath.join(posixpath.dirname(workbook), "styles.xml")
        package.relate(workbook, f"{RELATIONSHIPS}/styles", part)
    package.put(part, styles.to_bytes(), CONTENT_TYPE)


def _part(package: Package) -> str | None:
    for link in package.relationships(package.workbook_part()):
        if link.type == f"{RELATIONSHIPS}/styles" and link.target in package:
            return link.target
    return None


def _with(attributes: Attributes, name: str, value: str | None) -> Attributes:
    kept = [(key, text) for key, text in attributes if key != name]
    return tuple(sorted(kept + ([(name, value)] if value is not None else [])))
