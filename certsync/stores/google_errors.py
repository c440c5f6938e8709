"""What Google refused, in words that say what to do about it."""

from __future__ import annotations

from google.auth.exceptions import GoogleAuthError
from gspread.exceptions import GSpreadException

from certsync.errors import WorkbookBusy, WorkbookError
from certsync.stores.google_retry import NETWORK, GaveUp, SignInRefused

KINDS = (GSpreadException, GaveUp, SignInRefused, GoogleAuthError, PermissionError, *NETWORK)


def explain(
    error: BaseException,
    *,
    document: str,
    account: str | None,
    writing: bool,
    partly: bool = False,
) -> WorkbookError:
    """An error of Google, gspread or the network as one a person can act on."""
    return WorkbookBusy(document, str(error))
