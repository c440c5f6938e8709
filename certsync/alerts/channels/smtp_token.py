"""Access tokens for a login without a password: from a program of the user's, or from Microsoft."""

from __future__ import annotations

import re
import subprocess

from certsync.alerts.channels.smtp_settings import MicrosoftLogin, SmtpSettings
from certsync.alerts.hygiene import one_line

PATIENCE = 30.0
"""So many seconds a token may take."""

_AUTHORITY = "https://login.microsoftonline.com"
_SCOPE = "https://outlook.office365.com/.default"
_TOKEN = re.compile(r"[!-~]+")


class NoToken(Exception):
    """There is none; the text is the sentence for the operator and holds no secret."""


def token(settings: SmtpSettings) -> str:
    """An access token for the mailbox. Raises NoToken."""
    if settings.oauth is not None:
        return _from_microsoft(settings.oauth)
    return _printed(settings.token_command)


def _printed(command: tuple[str, ...]) -> str:
    """The first line a program prints. What else it says may hold a secret and is not repeated."""
    name = one_line(command[0], 80)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoToken(f"The token command {name} took longer than {PATIENCE:g} seconds.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name or arguments cannot be used"
        raise NoToken(f"The token command {name} could not be started ({reason}).") from None
    if code := done.returncode:
        raise NoToken(
            f"The token command {name} ended with code {code}. Run it by hand to see why."
        )
    first = done.stdout.decode(errors="replace").partition("\n")[0].strip()
    if not _TOKEN.fullmatch(first):
        raise NoToken(f"The token command {name} printed no access token on its first line.")
    return first


def _from_microsoft(login: MicrosoftLogin) -> str:
    """A token for the application itself, by its client secret."""
    try:
        import msal  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise NoToken("`oauth` needs msal: install it with pip install 'certsync[msal]'.") from None
    try:
        application = msal.ConfidentialClientApplication(
            login.client_id,
            client_credential=login.client_secret,
            authority=f"{_AUTHORITY}/{login.tenant}",
            instance_discovery=False,
            timeout=PATIENCE,
        )
        answer = application.acquire_token_for_client([_SCOPE])
    except Exception as error:
        # Its text may repeat what was sent, so only its kind is told.
        raise NoToken(
            f"Microsoft gave no token ({type(error).__name__}). Check `tenant` in `oauth`, and "
            f"that {_AUTHORITY} can be reached from this machine."
        ) from None
    found = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(found, str) or not _TOKEN.fullmatch(found):
        said = answer.get("error", "") if isinstance(answer, dict) else ""
        codes = answer.get("error_codes", ()) if isinstance(answer, dict) else ()
        told = ", ".join([one_line(str(said), 60), *(f"AADSTS{code}" for code in codes or ())])
        raise NoToken(
            f"Microsoft gave no token ({told}). Check `tenant`, `client_id` and `client_secret` in "
            "`oauth`, and when the secret ends."
        )
    return found
