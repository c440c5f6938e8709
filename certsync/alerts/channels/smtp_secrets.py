"""What must never be shown: passwords and tokens, in every form they have on the wire."""

from __future__ import annotations

import base64

from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.hygiene import one_line


class Secrets:
    """Knows every secret of one session; tokens are added as they come."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._user = settings.username
        self._hidden: set[str] = set()
        for secret in (settings.password, settings.oauth and settings.oauth.client_secret):
            if secret:
                self.add(secret)

    def add(self, secret: str) -> None:
        """Hide this from now on, alone and as the answer to PLAIN, LOGIN and XOAUTH2."""
        plain = f"\0{self._user}\0{secret}"
        forms = (secret, plain, xoauth2(self._user, secret))
        self._hidden |= {secret, *(base64.b64encode(form.encode()).decode() for form in forms)}

    def safe(self, said: object) -> str:
        """What a server or an error said, on one line and without a secret."""
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        for hidden in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(hidden, "***")
        return one_line(text)


def xoauth2(user: str, token: str) -> str:
    """What XOAUTH2 sends, before it is encoded.

    Google and Microsoft describe it: https://developers.google.com/gmail/imap/xoauth2-protocol
    """
    return f"user={user}\1auth=Bearer {token}\1\1"
