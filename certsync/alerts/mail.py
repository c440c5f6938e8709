"""A message as e-mail: text, HTML, calendar file, and headers that nothing in a cell can reach."""

from __future__ import annotations

import hashlib
import re
from email import policy
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.utils import format_datetime

from certsync.alerts.calendar import FILE_NAME
from certsync.alerts.digest import Message
from certsync.alerts.hygiene import one_line
from certsync.alerts.tiers import Address

# Seven bits and CRLF pass every server as they are, so what was signed off is what arrives.
POLICY = policy.SMTP.clone(cte_type="7bit")

_SPECIAL = re.compile(r'[()<>@,:;.\\"\[\]]')
_QUOTABLE = 40
"""The longest name that certainly stays on one line with its quotes."""


def as_email(message: Message) -> EmailMessage:
    """The message with its headers; the same message gives the same bytes on every attempt."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = mailbox(message.sender)
    mail["To"] = mailbox(Address(message.digest.to.email, message.digest.to.name))
    if message.reply_to:
        mail["Reply-To"] = mailbox(message.reply_to)
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(message.written)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Id"] = f"certsync alerts <{message.list_name}>"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    mail.set_boundary(boundary(message, ""))
    if message.calendar:
        _attach(mail, message.calendar)
        mail.set_boundary(boundary(message, "mixed"))
    return mail


def attached() -> EmailMessage:
    """The part with the calendar file, empty."""
    mail = EmailMessage(policy=POLICY)
    mail.make_mixed()
    _attach(mail, b"")
    (part,) = mail.iter_attachments()
    return part


def _attach(mail: EmailMessage, content: bytes) -> None:
    mail.add_attachment(
        content,
        maintype="text",
        subtype="calendar",
        filename=FILE_NAME,
        params={"charset": "utf-8", "method": "PUBLISH", "name": FILE_NAME},
    )


def boundary(message: Message, part: str) -> str:
    """Between the parts of a mail: the same on every attempt."""
    return f"=_{hashlib.sha256((message.message_id + part).encode()).hexdigest()[:32]}"


def mailbox(address: Address) -> Mailbox:
    """The address for a header: a quote or a comma in the name separates nothing."""
    name = one_line(address.name, 100)
    if len(name) > _QUOTABLE:
        # Python loses the quotes of a name that it has to break into lines.
        name = _SPECIAL.sub(" ", name)
    username, _, domain = address.email.rpartition("@")
    return Mailbox(name, username, domain)
