"""Where messages go: the mail server, the chats, the heartbeat."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from certsync.alerts.channels.smtp_settings import MicrosoftLogin, SmtpSettings
from certsync.settings import Heartbeat, Slack
from tests.config.written import SECRET, SMTP, problems, read, write

CHATS = "workbook: a.xlsx\nalerts:\n  channels: [outbox, {0}]\n  {0}:\n    "
SLACK, TEAMS, APPRISE = (CHATS.format(name) for name in ("slack", "teams", "apprise"))
TOKEN = "token: ${SMTP_PASSWORD}"
WEBHOOK = "webhook: https://x/${SMTP_PASSWORD}"

SMTP_WRONG = {
    "    password: ${SMTP_PASSWORD}\n    tmeout: 3": (
        "9: There is no such key here. Did you mean `timeout`?"
    ),
    "    password: ${SMTP_PASSWORD}\n    port: 0": "9: `port` must be 1 or more, not `0`.",
    "    password: ${SMTP_PASSWORD}\n    security: ssl": (
        "9: `security` must be starttls, tls or none."
    ),
    "    password: ${SMTP_PASSWORD}\n    security: none": (
        "5: security: none would send everything in the clear to smtp.agency.example. Write "
        "starttls (port 587) or tls (port 465)."
    ),
    "    timeout: 5": (
        "7: `username` needs a password beside it. Add `password: ${SMTP_PASSWORD}` or "
        "`password_file:`, or remove `username`."
    ),
    f"    password: {SECRET}": (
        "8: A password does not belong into a config. Write `password: ${SMTP_PASSWORD}` to take "
        "it from the environment, or `password_file:` with the path of a file."
    ),
    "    password: ${SMTP_PASWORD}": (
        "8: The environment variable SMTP_PASWORD is not set. Set it before certsync starts."
    ),
    "    password: ${EMPTY}": (
        "8: The environment variable EMPTY is empty. Set it before certsync starts."
    ),
    "    password: ${SMTP PASSWORD}": (
        "8: `${...}` takes the name of an environment variable, such as ${SMTP_PASSWORD}."
    ),
    "    password: ${LINES}": (
        "8: This value holds a line break or an invisible character. Write it on one line."
    ),
    "    password_file: nowhere": "8: There is no file at this path. Paths begin at FOLDER.",
    "    password_file: ${SMTP_PASSWORD}": (
        "8: There is no file at this path. Paths begin at FOLDER."
    ),
    "    password_file: .": "8: The file at this path cannot be read as text.",
    "    password_file: blank": (
        "8: The file at this path must hold one line of text, the secret alone."
    ),
    "    password_file: two": (
        "8: The file at this path must hold one line of text, the secret alone."
    ),
    "    password_file: binary": "8: The file at this path cannot be read as text.",
    "    password: ${SMTP_PASSWORD}\n    password_file: good": (
        "8: `password` and `password_file` are both here. Keep one."
    ),
}


@pytest.mark.parametrize("text", SMTP_WRONG)
def test_each_mistake_about_the_mail_server_has_its_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Values of the mail server are never shown, whatever is wrong with them."""
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("LINES", f"{SECRET}\n{SECRET}")
    (folder / "good").write_text(SECRET)
    (folder / "blank").write_text("\n")
    (folder / "two").write_text(f"{SECRET}\n{SECRET}\n")
    (folder / "binary").write_bytes(SECRET.encode() + b"\xff")
    found = problems(write(folder, SMTP.lstrip("\n") + text))
    assert [problem.replace(str(folder), "FOLDER") for problem in found] == [SMTP_WRONG[text]]
    assert SECRET not in "".join(found)


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("token_command: mail-token --for 'a b'", ("mail-token", "--for", "a b")),
        ("token_command: [mail-token, '--for', a b]", ("mail-token", "--for", "a b")),
    ],
)
def test_a_program_may_print_a_token(folder: Path, login: str, expected: tuple[str, ...]) -> None:
    """A command is a list of words, or one line as in a shell; it takes the password's place."""
    smtp = read(folder, f"{SMTP}    {login}\n").alerts.smtp
    assert smtp == SmtpSettings("smtp.agency.example", username="certs", token_command=expected)


def test_microsoft_may_give_a_token(folder: Path) -> None:
    """An app of the tenant logs in with its own secret, in place of the password."""
    text = f"""{SMTP}    oauth:
      tenant: agency.example
      client_id: 6f9a
      client_secret: ${{SMTP_PASSWORD}}
"""
    login = MicrosoftLogin("agency.example", "6f9a", SECRET)
    smtp = read(folder, text).alerts.smtp
    assert smtp == SmtpSettings("smtp.agency.example", username="certs", oauth=login)


LOGINS = {
    "password_keyring": "password_keyring: certs",
    "token_command": "token_command: mail-token",
    "oauth": "oauth: {tenant: t, client_id: c, client_secret: '${SMTP_PASSWORD}'}",
    "password": "password: ${SMTP_PASSWORD}",
}


@pytest.mark.parametrize(("one", "other"), [*combinations(LOGINS, 2)])
def test_there_is_one_way_to_log_in(folder: Path, one: str, other: str) -> None:
    """Of two nobody could tell which counts."""
    (found,) = problems(write(folder, f"{SMTP}    {LOGINS[one]}\n    {LOGINS[other]}\n"))
    order = sorted((one, other), key=["password", *LOGINS].index)
    assert found.endswith(f": `{order[0]}` and `{order[1]}` are both here. Keep one.")


@pytest.mark.parametrize("login", LOGINS)
def test_a_login_has_a_user(folder: Path, login: str) -> None:
    """Every way to log in needs the name of the mailbox."""
    text = SMTP.replace("    username: certs\n", "") + f"    {LOGINS[login]}\n"
    (found,) = problems(write(folder, text))
    assert found == f"8: `{login}` needs a `username` beside it. Add one, or remove this."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TOKEN, Slack(token=SECRET)),
        (f"{TOKEN}\n    channel: C0123", Slack(token=SECRET, place="C0123")),
        (f"{TOKEN}\n    channel: C0\n    direct: false", Slack(SECRET, place="C0", direct=False)),
        (WEBHOOK, Slack(webhook=f"https://x/{SECRET}", place="Slack", direct=False)),
        (
            f"{WEBHOOK}\n    channel: '#certs'\n    direct: false",
            Slack(webhook=f"https://x/{SECRET}", place="#certs", direct=False),
        ),
    ],
)
def test_slack_is_a_bot_or_a_webhook(folder: Path, text: str, expected: Slack) -> None:
    """A bot writes to people and to a channel, if one is named; a webhook to its channel alone."""
    assert read(folder, SLACK + text).alerts.slack == expected


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("heartbeat: https://hc-ping.com/6f9a", "https://hc-ping.com/6f9a"),
        ("heartbeat:\n  url: https://hc-ping.com/6f9a", "https://hc-ping.com/6f9a"),
        ("heartbeat: http://127.0.0.1:8000/ping", "http://127.0.0.1:8000/ping"),
        ("heartbeat: https://x/${SMTP_PASSWORD}", f"https://x/{SECRET}"),
        ("heartbeat: https://me:${SMTP_PASSWORD}@x", f"https://me:{SECRET}@x"),
    ],
)
def test_the_heartbeat_may_stand_in_the_config(folder: Path, written: str, url: str) -> None:
    """An address without a password may; either way it is shown nowhere."""
    loaded = read(folder, f"workbook: a.xlsx\n{written}\n")
    assert loaded.heartbeat == Heartbeat(url)
    assert url not in f"{loaded} {loaded!r}"


CHAT_WRONG = {
    f"{SLACK}direct: true": (
        "4: `slack` needs a bot or a webhook. Add `token: ${SLACK_TOKEN}` or `webhook: "
        "${SLACK_WEBHOOK}`."
    ),
    f"{SLACK}{TOKEN}\n    webhook_file: x": (
        "5: `token` and `webhook_file` are both here. Keep one."
    ),
    f"{SLACK}{TOKEN}\n    direct: false": (
        "6: With `direct: false` nobody would be told. Add a `channel`, or remove this line."
    ),
    f"{SLACK}{WEBHOOK}\n    direct: true": (
        "6: A webhook writes into one channel and to no person. Remove `direct`, or use a bot: "
        "`token: ${SLACK_TOKEN}` in place of the webhook."
    ),
    f"{SLACK}{TOKEN}\n    channel: #certs": (
        "6: There is nothing behind `channel`: YAML takes # for the start of a remark. Put the "
        'name in quotes, such as `channel: "#certifications"`, or remove this line.'
    ),
    f"{SLACK}{TOKEN}\n    direct: xoxb-1": "6: `direct` must be true or false.",
    f"{SLACK}{TOKEN}\n    chanel: x": "6: There is no such key here. Did you mean `channel`?",
    f"{SLACK}{TOKEN}\n    host: x": "6: `host` belongs below `alerts.smtp`, indented.",
    f"{SLACK}{TOKEN}\n    timeout: 5": (
        "6: `timeout` belongs below `alerts.smtp` or `heartbeat`, indented."
    ),
    f"{TEAMS}channel: Certs": "4: `teams` needs `url`. Add `url: ${TEAMS_URL}`, or `url_file:`.",
    f"{TEAMS}xoxb: 1": (
        "5: There is no such key here. The keys are url, url_file, channel.",
        "4: `teams` needs `url`. Add `url: ${TEAMS_URL}`, or `url_file:`.",
    ),
    f"{APPRISE}urls: []": "5: `urls` must be a list with at least one entry.",
    f"{APPRISE}urls: ['${{NOWHERE}}']": (
        "5: The environment variable NOWHERE is not set. Set it before certsync starts."
    ),
    f"{APPRISE}urls: ['x://${{SMTP_PASSWORD}}', 'y://1']": (
        "5: The address of a service does not belong into a config. Write `urls: "
        '["${APPRISE_URL}"]` to take it from the environment, or `urls_file:` with the path of a '
        "file."
    ),
    f"{APPRISE}urls_file:\n    urls:": (
        '4: `apprise` needs `urls`. Add `urls: ["${APPRISE_URL}"]`, or `urls_file:`.'
    ),
    "workbook: a.xlsx\nheartbeat: ''": (
        "2: `heartbeat` needs `url`. Add `url: ${HEARTBEAT_URL}`, or `url_file:`."
    ),
    "workbook: a.xlsx\nheartbeat:\n  timeout: 5": (
        "2: `heartbeat` needs `url`. Add `url: ${HEARTBEAT_URL}`, or `url_file:`."
    ),
    "workbook: a.xlsx\nheartbeat: [https://x]": (
        "2: `heartbeat` must be a group of keys, indented below it."
    ),
    "workbook: a.xlsx\nheartbeat: hc-ping.com/6f9a": (
        "2: This must be an address that begins with https://. One with http:// may only be on "
        "this computer."
    ),
    f"{SMTP}    token_command: mail-token 'x\n".lstrip(): (
        "8: `token_command` must be a command and its words, such as [mail-token, "
        "certs@agency.example]."
    ),
    f"{SMTP}    oauth: {{tenant: t, client_id: c}}\n".lstrip(): (
        "8: `oauth` needs `client_secret`. Add `client_secret: ${MICROSOFT_SECRET}`, or "
        "`client_secret_file:`."
    ),
    f"{SMTP}    oauth: {{tenant: t, client_secret_file: x}}\n".lstrip(): (
        "8: `client_id` is missing here. Add a line `client_id: ...`."
    ),
    f"{SMTP}    password: ${{SMTP_PASSWORD}}\n    per_minute: 0\n".lstrip(): (
        "9: `per_minute` must be 1 or more."
    ),
}


@pytest.mark.parametrize("text", CHAT_WRONG)
def test_each_mistake_about_a_channel_has_its_sentence(folder: Path, text: str) -> None:
    """Where it is and what to write; what stands there is not shown."""
    expected = CHAT_WRONG[text]
    wanted = {expected} if isinstance(expected, str) else {*expected}
    found = problems(write(folder, text))
    assert (len(found), {*found}) == (len(wanted), wanted)


NEEDED = {
    "slack": "the bot or the webhook",
    "teams": "the workflow that posts",
    "apprise": "the services",
}
GROUPS_OF = {
    "slack": TOKEN,
    "teams": "url: https://x/${SMTP_PASSWORD}",
    "apprise": 'urls: ["x://${SMTP_PASSWORD}"]',
}


@pytest.mark.parametrize("channel", NEEDED)
def test_a_channel_and_its_group_go_together(folder: Path, channel: str) -> None:
    """A channel without its group cannot send; a group without its channel sends nothing."""
    assert problems(write(folder, f"workbook: a\nalerts:\n  channels: [outbox, {channel}]\n")) == [
        f"3: The channel {channel} needs `{channel}` beside `channels`: {NEEDED[channel]}."
    ]
    text = f"workbook: a\nalerts:\n  {channel}:\n    {GROUPS_OF[channel]}\n"
    (found,) = problems(write(folder, text))
    assert found.startswith("3: Nothing goes ")
    assert f"`channels: [{channel}, ...]`" in found
    sound = text.replace("alerts:\n", f"alerts:\n  channels: {channel}\n")
    assert read(folder, sound).alerts.channels == (channel,)
    unsound = text.replace("alerts:\n", "alerts:\n  channels: fax\n")
    assert len(problems(write(folder, unsound))) == 1


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_port_follows_the_security(folder: Path, security: str, port: int) -> None:
    """Without `port` it is the usual one."""
    text = SMTP + f"    password: ${{SMTP_PASSWORD}}\n    security: {security}\n"
    smtp = read(folder, text).alerts.smtp
    assert smtp is not None
    assert smtp.port == port
