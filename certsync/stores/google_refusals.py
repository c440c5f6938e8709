"""The refusals of Google that are known, and what a person is told about each."""

from __future__ import annotations

from dataclasses import dataclass

from certsync.stores.google_auth import LOG_IN, MAKE_A_KEY


@dataclass(frozen=True)
class Told:
    """What a person is told: what is wrong, and how to put it right."""

    reason: str
    remedy: str = ""
    passing: bool = False


@dataclass(frozen=True)
class Rule:
    """A refusal that is known by its status and words.

    `writing` is set where the same answer means another thing to a reader and a writer.
    """

    status: int | None
    pattern: str
    told: Told
    writing: bool | None = None


_SHARE = (
    "In the spreadsheet press Share, give {who} the role Editor, and run again. Where Google "
    "allows no sharing outside your organization, ask its administrator to allow this address, or "
    "make the service account in a project of the organization."
)
_NO_ACCESS = r"does not have permission|\bforbidden\b|insufficientFilePermissions"
REPORT = "If it stays so, please report it with this message."

RULES: tuple[Rule, ...] = (
    Rule(
        403,
        r"requires a quota project|USER_PROJECT_DENIED",
        Told(
            "the sign-in of this computer names no project of yours for its requests",
            "Run `gcloud auth application-default set-quota-project PROJECT` with a project where "
            "the Google Sheets API is enabled.",
        ),
    ),
    Rule(
        403,
        r"SERVICE_DISABLED|accessNotConfigured|has not been used in project",
        Told(
            "the Google Sheets API is not enabled in the project that {who} belongs to",
            "Open {page} and press Enable. Wait some minutes, then run again.",
        ),
    ),
    Rule(
        403,
        r"ACCESS_TOKEN_SCOPE_INSUFFICIENT|insufficient authentication scopes"
        r"|insufficientPermissions|Insufficient Permission",
        Told("the sign-in of this computer does not include Google Sheets", LOG_IN),
    ),
    Rule(
        403,
        r"domainPolicy|ORG_RESTRICTION|SECURITY_POLICY_VIOLATED|VPC_SERVICE_CONTROLS"
        r"|administrators? (?:has|have) disabled|organization's policy|org policy",
        Told(
            "the organization does not allow {who} to open it",
            "Ask an administrator of Google Workspace to allow the app (Security > API controls) "
            "and sharing with this address (Apps > Google Workspace > Drive > Sharing settings).",
        ),
    ),
    Rule(
        None,
        r"protected cell or object|protected range|protected sheet",
        Told(
            "the write falls in a range that is protected against {who}",
            "In the spreadsheet open Data > Protect sheets and ranges, and let {who} edit it",
        ),
    ),
    Rule(
        403,
        _NO_ACCESS,
        Told("{who} may only view it", "Share it with {who} as Editor"),
        writing=True,
    ),
    Rule(
        403,
        _NO_ACCESS,
        Told("it is not shared with {who}", _SHARE),
        writing=False,
    ),
    Rule(
        404,
        r"",
        Told(
            "Google knows no spreadsheet with this ID",
            "Copy the address of the spreadsheet from the browser into `workbook:`. It begins "
            "with https://docs.google.com/spreadsheets/d/",
        ),
    ),
    Rule(
        400,
        r"not supported for this document|must not be an Office file",
        Told(
            "this is an Excel file in Google Drive, not a Google Sheet",
            "Open it, choose File > Save as Google Sheets, and put the address of the new "
            "spreadsheet after `workbook:`.",
        ),
    ),
    Rule(
        400,
        r"Unable to parse range: (?P<quote>.*)",
        Told(
            "it has no tab or range {quote}",
            "If the tab was renamed while certsync was working, run again.",
        ),
    ),
    Rule(
        400,
        r"maximum of 50000 characters",
        Told("a cell would hold more than the 50,000 characters Google allows", REPORT),
    ),
    Rule(
        400,
        r"above the limit of \d+ cells",
        Told(
            "it would have more than the 10,000,000 cells Google allows",
            "Delete empty rows and columns at the ends of its tabs, or tabs nobody uses.",
        ),
    ),
    Rule(
        400,
        r"exceeds grid limits",
        Told("a tab has become smaller than it was when it was read", "Run again."),
    ),
    Rule(
        413,
        r"",
        Told("the change is too large for one request to Google", REPORT),
    ),
    Rule(
        400,
        r"payload size exceeds",
        Told("the change is too large for one request to Google", REPORT),
    ),
    Rule(
        400,
        r"API_KEY_INVALID|API key not valid",
        Told("Google did not take the key", MAKE_A_KEY),
    ),
    Rule(
        401,
        r"",
        Told(
            "Google does not accept the sign-in of {who}, though it gave a token for it",
            "Look whether the account was disabled or deleted, or its key revoked.",
        ),
    ),
)

_CLOCK = r"short-lived token|reasonable timeframe|iat and exp|exp claim|used too (?:early|late)"
NEW_KEY = (
    "Look at the account under console.cloud.google.com > IAM & Admin > Service Accounts: enable "
    "it, or make a new key under Keys > Add key > JSON."
)
SIGN_IN_RULES: tuple[Rule, ...] = (
    Rule(
        None,
        _CLOCK,
        Told(
            "Google did not accept the key, as this computer's clock is wrong{ahead}",
            "Set this computer's date and time, best from a time server, and run again.",
        ),
    ),
    Rule(
        None,
        r"Invalid JWT Signature|Invalid JWT",
        Told("Google knows this key of {who} no longer: it was deleted, or replaced", NEW_KEY),
    ),
    Rule(
        None,
        r"disabled|[Rr]obot is|ACCOUNT_STATE",
        Told("{who} is disabled", NEW_KEY),
    ),
    Rule(
        None,
        r"account not found|account has been deleted|[Nn]ot a valid email|Gaia id not found"
        r"|deleted_client|client was (?:deleted|not found)",
        Told("{who} does not exist any more", NEW_KEY),
    ),
    Rule(
        None,
        r"expired or revoked|invalid_rapt|[Rr]eauth|refresh_token|Bad Request",
        Told("the sign-in of this computer has expired or was revoked", LOG_IN),
    ),
    Rule(
        None,
        r"invalid_scope|unauthorized_client|access_denied|admin_policy_enforced",
        Told(
            "the organization does not allow {who} to use Google Sheets",
            "Ask an administrator of Google Workspace to allow it (Security > API controls).",
        ),
    ),
)
