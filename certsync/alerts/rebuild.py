"""A ledger that was lost, begun anew with what the workbook's tab Alert Log says."""

from __future__ import annotations

from collections.abc import Callable

from certsync.alerts.alert import State
from certsync.alerts.ledger import Ledger
from certsync.alerts.log import TAB, read_back
from certsync.dashboard.text import counted
from certsync.sheets.snapshot import TabSnapshot

_ANEW = "Everybody hears once more where each certification stands."


def rebuild(ledger: Ledger, read: Callable[[str], TabSnapshot | None], *, copy: bool) -> None:
    """Give a ledger that knows nothing what the tab tells of, and say so in its notices.

    A ledger that noted any run is right, whatever the tab says. Call this before a run is noted:
    should it fail, the next run tries again.

    Args:
        ledger: As it was opened.
        read: Gives the generated tab of this key with its cells, None where there is none. It
            is asked only if need be, and may raise WorkbookError.
        copy: The ledger is a copy, and the next run does it for good.

    Raises:
        LedgerError: It could not be committed.
    """
    if not ledger.is_new:
        return
    tab = read(TAB)
    known, spoiled = read_back(tab) if tab else ([], 0)
    if tab and spoiled:
        rows = f"{counted(spoiled, 'row')} of the tab {tab.name}"
        verb, their = ("is", "its") if spoiled == 1 else ("are", "their")
        ledger.notices += (
            f"{rows} {verb} left out: {their} column Key does not hold what certsync wrote there.",
        )
    if tab is None or not known:
        if ledger.notices:
            ledger.notices += (_ANEW,)
        return
    ledger.restore(known)
    sent = counted(sum(one.state is State.SENT for one in known), "alert")
    what = "is missing; the next run rebuilds it" if copy else "was missing and has been rebuilt"
    verb = "is" if sent == "1 alert" else "are"
    ledger.notices += (
        f"The record of alerts {what} from the tab {tab.name}: {sent} {verb} known as sent.",
    )
