"""The groups that say where messages go: mail server, chats, heartbeat. Each becomes its settings.

What is returned of a group with a problem is of no use: the document then has the problem.
"""

from __future__ import annotations

from collections.abc import Mapping

from certsync.alerts.channels.smtp_settings import MicrosoftLogin, SmtpSettings
from certsync.configfile import Document, Loc
from certsync.configkeys import (
    AppriseKeys,
    HeartbeatKeys,
    OauthKeys,
    SlackKeys,
    SmtpKeys,
    TeamsKeys,
)
from certsync.configsecrets import (
    APPRISE_URLS,
    CLIENT_SECRET,
    HEARTBEAT_URL,
    PASSWORD,
    TEAMS_URL,
    TOKEN,
    WEBHOOK,
    Secret,
    Vault,
    missing,
)
from certsync.settings import Apprise, Heartbeat, Slack, Teams

KEYRING_USER = "slack"
"""Whose secret a keyring is asked for where a config names no user."""

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class ChannelReader:
    """Reads the group of each channel."""

    def __init__(self, document: Document, vault: Vault) -> None:
        self._document = document
        self._vault = vault

    def smtp(self, written: SmtpKeys) -> SmtpSettings | None:
        """The mail server with at most one way to log in: a password, a command or Microsoft."""
        here = ("alerts", "smtp")
        ways = self._vault.names(PASSWORD, here)
        ways += [key for key in ("token_command", "oauth") if self._document.given(*here, key)]
        user = written.get("username", "")
        if ways and not self._document.given(*here, "username"):
            message = f"`{ways[0]}` needs a `username` beside it. Add one, or remove this."
            self._report(message, *here, ways[0])
        elif user and not ways:
            self._report(
                "`username` needs a password beside it. Add `password: ${SMTP_PASSWORD}` or "
                "`password_file:`, or remove `username`.",
                *here,
                "username",
            )
        password, oauth = "", None
        if len(ways) > 1:
            self._report(f"`{ways[0]}` and `{ways[1]}` are both here. Keep one.", *here, ways[0])
        else:
            if user or "password_keyring" not in ways:
                password = self._vault.one(PASSWORD, written, here, user)
            oauth = self._oauth(written["oauth"]) if "oauth" in written else None
        command = written.get("token_command", ())
        security = written.get("security", "starttls")
        try:
            return SmtpSettings(
                host=written["host"],
                port=written.get("port", _PORTS[security]),
                security=security,
                username=user if password or command or oauth else "",
                password=password,
                timeout=written.get("timeout", SmtpSettings.timeout),
                data_timeout=written.get("data_timeout", SmtpSettings.data_timeout),
                per_minute=written.get("per_minute"),
                per_day=written.get("per_day"),
                token_command=command if user else (),
                oauth=oauth if user else None,
            )
        except ValueError as error:
            self._report(str(error), *here)
        return None

    def _oauth(self, written: OauthKeys) -> MicrosoftLogin:
        here = ("alerts", "smtp", "oauth")
        if problem := missing("msal"):
            self._report(problem, *here)
        secret = self._needed(CLIENT_SECRET, written, here)
        return MicrosoftLogin(written["tenant"], written["client_id"], secret)

    def slack(self, written: SlackKeys) -> Slack:
        """A bot, or a webhook."""
        here = ("alerts", "slack")
        bot = self._vault.names(TOKEN, here)
        hook = self._vault.names(WEBHOOK, here)
        direct = written.get("direct", not hook)
        if bot and hook:
            self._report(f"`{bot[0]}` and `{hook[0]}` are both here. Keep one.", *here, bot[0])
        elif not bot and not hook:
            self._report(
                f"`slack` needs a bot or a webhook. Add {TOKEN.example} or {WEBHOOK.example}.",
                *here,
            )
        elif hook and direct:
            self._report(
                "A webhook writes into one channel and to no person. Remove `direct`, or use a "
                f"bot: {TOKEN.example} in place of the webhook.",
                *here,
                "direct",
            )
        elif bot and not direct and not self._document.given(*here, "channel"):
            self._report(
                "With `direct: false` nobody would be told. Add a `channel`, or remove this line.",
                *here,
                "direct",
            )
        return Slack(
            token="" if hook else self._vault.one(TOKEN, written, here, KEYRING_USER),
            webhook="" if bot else self._vault.one(WEBHOOK, written, here),
            place=self._place(written, here) or ("Slack" if hook else ""),
            direct=direct,
        )

    def teams(self, written: TeamsKeys) -> Teams:
        """A workflow that posts what it is sent."""
        here = ("alerts", "teams")
        url = self._needed(TEAMS_URL, written, here)
        return Teams(url, self._place(written, here) or Teams.place)

    def apprise(self, written: AppriseKeys) -> Apprise:
        """Services that apprise knows; whether it knows them shows when they are used."""
        here = ("alerts", "apprise")
        if problem := missing("apprise"):
            self._report(problem, *here)
        if not self._vault.names(APPRISE_URLS, here):
            self._report(_add(APPRISE_URLS, "apprise"), *here)
        return Apprise(self._vault.all(APPRISE_URLS, written, here))

    def heartbeat(self, written: HeartbeatKeys) -> Heartbeat:
        """The address that hears of each run."""
        url = self._needed(HEARTBEAT_URL, written, ("heartbeat",))
        return Heartbeat(url, written.get("timeout", Heartbeat.timeout))

    def _needed(self, kind: Secret, written: Mapping[str, object], here: Loc) -> str:
        """The secret that a group cannot do without."""
        if not self._vault.names(kind, here):
            self._report(_add(kind, str(here[-1])), *here)
        return self._vault.one(kind, written, here)

    def _place(self, written: SlackKeys | TeamsKeys, here: Loc) -> str:
        loc = (*here, "channel")
        if loc in self._document.marks and not self._document.given(*loc):
            self._report(
                "There is nothing behind `channel`: YAML takes # for the start of a remark. Put "
                'the name in quotes, such as `channel: "#certifications"`, or remove this line.',
                *loc,
            )
        return written.get("channel", "")

    def _report(self, message: str, *loc: str | int) -> None:
        self._document.report(message, loc)


def _add(kind: Secret, group: str) -> str:
    return f"`{group}` needs `{kind.key}`. Add {kind.example}, or `{kind.key}_file:`."
