"""The order of calculation that Excel keeps; an entry without its formula calls for a repair."""

from __future__ import annotations

from certsync.ooxml import xml
from certsync.ooxml.package import RELATIONSHIPS, Package


def forget(package: Package, sheet_id: int) -> None:
    """Take every formula of a sheet out of the calculation chain, and an empty chain away.

    Excel adds formulas that the chain lacks by itself.
    """
    workbook = package.workbook_part()
    for link in package.relationships(workbook):
        if link.type == f"{RELATIONSHIPS}/calcChain" and link.target in package:
            kept = _without(package.xml(link.target), sheet_id)
            if kept is None:
                package.unrelate(workbook, link.id)
                package.remove(link.target)
            else:
                package.put(link.target, kept)


def _without(chain: bytes, sheet_id: int) -> bytes | None:
    """The chain without a sheet's entries; None where nothing is left.

    `i`, the sheet's id, holds on for the entries behind that have none.
    """
    shaded = xml.shade(chain)
    splices: list[xml.Splice] = []
    current, kept = "", 0
    for entry in xml.children(shaded, xml.root(shaded)):
        current = xml.attributes_of(shaded, entry).get("i", current)
        if current == str(sheet_id):
            splices.append((entry.start, entry.end, b""))
        else:
            kept += 1
    return xml.splice(chain, splices) if kept else None
