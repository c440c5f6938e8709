"""What Google refused, in words that say what to do about it."""

from __future__ import annotations

import re

from google.auth.exceptions import GoogleAuthError
from gspread.exceptions import APIError, GSpreadException

from certsync.errors import (
    PartlyWritten,
    WorkbookBusy,
    WorkbookError,
    WorkbookRefused,
    WriteUncertain,
)
from certsync.stores import google_answer, google_retry
from certsync.stores.google_answer import Answer, quoted
from certsync.stores.google_refusals import NEW_KEY, REPORT, RULES, SIGN_IN_RULES, Told
from certsync.stores.google_retry import NETWORK, GaveUp, SignInRefused

KINDS = (GSpreadException, GaveUp, SignInRefused, GoogleAuthError, PermissionError, *NETWORK)
"""Whatever a call of Google may raise; `explain` puts it into words."""

_ENABLE_PAGE = "https://console.cloud.google.com/apis/library/sheets.googleapis.com"
_LARGEST_SKEW_UNSAID = 60.0


def explain(
    error: BaseException,
    *,
    document: str,
    account: str | None,
    writing: bool,
    partly: bool = False,
) -> WorkbookError:
    """An error of Google, gspread or the network as one a person can act on.

    Args:
        error: What was raised.
        document: The spreadsheet as a person would call it.
        account: The address it has to be shared with; None where a person is signed in.
        writing: Whether it was a write; then it is a WorkbookBusy, so that alerts still go out.
        partly: Whether an earlier write of the same plan arrived.

    Returns:
        WorkbookRefused for what a person has to put right before it can be read; WorkbookBusy
        for what passes.
    """
    if isinstance(error, WorkbookError):
        return error
    name = document or "The spreadsheet"
    told = _told(error, account or "the account you are signed in with", writing=writing)
    remedy = f". {told.remedy.rstrip('.')}" if told.remedy else ""
    if isinstance(error, GaveUp) and error.uncertain:
        return WriteUncertain(name, told.reason + remedy)
    if writing and partly:
        return PartlyWritten(name, told.reason + remedy)
    if writing or told.passing:
        return WorkbookBusy(name, told.reason + remedy)
    return WorkbookRefused(name, told.reason, told.remedy or REPORT)


def _told(error: BaseException, who: str, *, writing: bool) -> Told:
    if isinstance(error, SignInRefused):
        return _sign_in(error.said, error.ahead, who)
    if isinstance(error, GaveUp):
        return _gave_up(error)
    refusal = error if isinstance(error, APIError) else error.__cause__
    if isinstance(refusal, APIError):
        return _refused(google_answer.read(refusal.response), who, writing=writing)
    if failure := google_retry.of_error(error):
        return Told(failure.words, failure.remedy, passing=failure.again)
    if isinstance(error, GoogleAuthError):
        return _sign_in(str(error.args[0]) if error.args else "", None, who)
    return Told(f"the Google client failed ({type(error).__name__})", REPORT)


def _refused(answer: Answer, who: str, *, writing: bool) -> Told:
    if google_retry.is_daily(answer) and answer.status in (403, 429):
        return Told(
            "the quota of requests of this Google project for today is used up",
            "Look at console.cloud.google.com > IAM & Admin > Quotas.",
            passing=True,
        )
    told = " ".join((*sorted(answer.reasons), answer.said))
    page = next(iter(answer.pages), _ENABLE_PAGE)
    for rule in RULES:
        matched = re.search(rule.pattern, told, re.IGNORECASE)
        known = rule.status in (None, answer.status) and rule.writing in (None, writing)
        if known and matched:
            quote = quoted(matched.groupdict().get("quote") or "")
            fields = {"who": who, "page": page, "quote": quote}
            return Told(rule.told.reason.format(**fields), rule.told.remedy.format(**fields))
    said = f": {quoted(answer.said)}" if answer.said.strip() else ""
    return Told(f"Google refused with {answer.status}{said}", REPORT)


def _sign_in(said: str, ahead: float | None, who: str) -> Told:
    skew = ""
    if ahead is not None and abs(ahead) >= _LARGEST_SKEW_UNSAID:
        skew = f" ({google_retry.span(abs(ahead))} {'ahead' if ahead > 0 else 'behind'})"
    for rule in SIGN_IN_RULES:
        if re.search(rule.pattern, said):
            return Told(rule.told.reason.format(who=who, ahead=skew), rule.told.remedy)
    return Told(f"Google did not accept the sign-in of {who}: {quoted(said)}", NEW_KEY)


def _gave_up(error: GaveUp) -> Told:
    failure, reason = error.failure, str(error)
    if failure.quota:
        reason += f", as its quota ({failure.quota}) is used up"
        remedy = "It is free again a minute after other programs stop using the same project"
        return Told(reason, remedy, passing=True)
    remedy = failure.remedy
    if re.search(r"answered 50[034]", failure.words):
        remedy = "If this happens every day, the spreadsheet is too large or complex for Google"
    return Told(reason, remedy, passing=failure.again)
