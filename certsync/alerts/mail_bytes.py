"""The bytes of a mail: those that `as_email` gives, written at once and without building a tree.

Headers are folded by the standard library, line by line, and those that are the same in every
mail of a run only once. What is plain enough to need no folding or quoting is written as it is,
and a test compares both ways. A header that would be more than one is never written.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator
from email.utils import format_datetime
from functools import lru_cache

from certsync.alerts.digest import Message
from certsync.alerts.hygiene import one_line
from certsync.alerts.mail import POLICY, attached, boundary, mailbox
from certsync.alerts.tiers import Address

_LINE = 78
_BASE64_LINE = _LINE // 4 * 3
_SNIFF = 10
"""So many lines decide how a text is encoded."""

_CRLF = b"\r\n"
_EQUALS = ord("=")
_UNPRINTABLE = re.compile(rb"[^ -~\t]")
_ATOMS = re.compile(r"(?!=\?)[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_WORDS = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_ID = re.compile(r"<[0-9a-f]{40}@[a-z0-9-]+(?:\.[a-z0-9-]+)*>")
_ONE_HEADER = re.compile(rb"[A-Za-z-]+:[^\r\n\0]*\r\n(?:[ \t][^\r\n\0]*\r\n)*")


def as_bytes(message: Message) -> bytes:
    """What goes over the wire; the same as `as_email(message).as_bytes()`."""
    to = message.digest.to
    head = [
        _mailbox("From", message.sender),
        _recipient(Address(to.email, to.name)),
        _mailbox("Reply-To", message.reply_to) if message.reply_to else b"",
        _subject(one_line(message.subject)),
        _header("Date", format_datetime(message.written)),
        _message_id(message.message_id),
        b"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n",
        _header("List-Id", f"certsync alerts <{message.list_name}>"),
        b"MIME-Version: 1.0\r\n",
    ]
    text = _part("plain", message.text)
    html = _part("html", message.html, b"MIME-Version: 1.0\r\n")
    body = _multipart("alternative", boundary(message, ""), text, html)
    if message.calendar:
        dates = _attachment_head() + b"\r\n" + _base64(message.calendar)
        body = _multipart("mixed", boundary(message, "mixed"), body, dates)
    return b"".join((*head, body))


def _multipart(kind: str, border: str, *parts: bytes) -> bytes:
    mark = border.encode()
    line = f'Content-Type: multipart/{kind}; boundary="{border}"\r\n'
    head = (line if len(line) <= _LINE + 2 else line.replace("; ", ";\r\n ")).encode()
    opened = b"".join(b"\r\n--%b\r\n%b" % (mark, part) for part in parts)
    return b"%b%b\r\n--%b--\r\n" % (head, opened, mark)


def _part(subtype: str, text: str, more: bytes = b"") -> bytes:
    encoding, body = _encoded(text)
    return (
        b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: %b\r\n%b\r\n%b'
        % (subtype.encode(), encoding, more, body)
    )


def _encoded(text: str) -> tuple[bytes, bytes]:
    """The encoding the standard library takes for a text, and the text in it."""
    lines = text.encode().splitlines()
    if text.isascii() and max(map(len, lines), default=0) <= _LINE:
        return b"7bit", _CRLF.join(lines) + _CRLF
    if _base64_is_shorter(tuple(lines[:_SNIFF])):
        return b"base64", _base64(_CRLF.join(lines) + _CRLF)
    return b"quoted-printable", _CRLF.join(map(_quoted, lines)) + _CRLF


@lru_cache(maxsize=64)
def _base64_is_shorter(lines: tuple[bytes, ...]) -> bool:
    quoted = sum(len(line) + 1 - line.count(_CRLF) for line in map(_quoted, lines))
    return quoted > len(b2a_base64(_CRLF.join(lines) + _CRLF))


@lru_cache(maxsize=2048)
def _quoted(line: bytes) -> bytes:
    """A line as quoted-printable. Most lines of a mail stand in the one before it as well."""
    line = _UNPRINTABLE.sub(lambda found: b"=%02X" % found[0][0], line.replace(b"=", b"=3D"))
    return _CRLF.join(_broken(line))


def _broken(line: bytes) -> Iterator[bytes]:
    """A line in pieces that are short enough, none of which cuts an escape or ends in a blank."""
    start, last = 0, len(line) - 1 - _LINE
    while start <= last:
        stop = start + _LINE - 1
        if line[stop - 2] == _EQUALS:
            stop -= 2
        elif line[stop - 1] == _EQUALS:
            stop -= 1
        yield line[start:stop] + b"="
        start = stop
    rest = line[start:]
    if not rest.endswith((b" ", b"\t")):
        yield rest
    elif start - last > 2:
        yield rest[:-1] + b"=%02X" % rest[-1]
    elif start - last == 2:
        yield rest + b"="
        yield b""
    else:
        yield rest[:-1] + b"="
        yield b"=%02X" % rest[-1]


def _base64(content: bytes) -> bytes:
    pieces = range(0, len(content), _BASE64_LINE)
    return b"".join(
        b2a_base64(content[at : at + _BASE64_LINE], newline=False) + b"\r\n" for at in pieces
    )


@lru_cache(maxsize=1)
def _attachment_head() -> bytes:
    """The headers of the calendar file: they are the same in every mail."""
    whole = attached().as_bytes()
    return whole[: whole.index(b"\r\n\r\n") + 2]


def _recipient(to: Address) -> bytes:
    plain = f"To: {to.name} <{to.email}>"
    if len(plain) <= _LINE and _ATOMS.fullmatch(to.name) and _ADDRESS.fullmatch(to.email):
        return f"{plain}\r\n".encode("ascii")
    return _mailbox("To", to)


def _subject(subject: str) -> bytes:
    if not _WORDS.fullmatch(subject) or "=?" in subject:
        return _header("Subject", subject)
    if len(subject) < _LINE < len("Subject: ") + len(subject):
        return f"Subject:\r\n {subject}\r\n".encode("ascii")
    lines = ["Subject:"]
    for word in subject.split(" "):
        if len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join((*lines, "")).encode("ascii")


def _message_id(name: str) -> bytes:
    if len(name) <= _LINE - len("Message-ID: ") and _ID.fullmatch(name):
        return f"Message-ID: {name}\r\n".encode("ascii")
    return _header("Message-ID", name)


@lru_cache(maxsize=64)
def _mailbox(name: str, address: Address) -> bytes:
    return _folded(name, mailbox(address))


@lru_cache(maxsize=64)
def _header(name: str, text: str) -> bytes:
    return _folded(name, text)


def _folded(name: str, content: object) -> bytes:
    """One header as the policy folds it. Raises ValueError if it came out as anything else."""
    folded = POLICY.fold_binary(*POLICY.header_store_parse(name, content))
    if not _ONE_HEADER.fullmatch(folded):
        raise ValueError(f"The header {name} cannot be written.")
    return folded
