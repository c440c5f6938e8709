"""Text from cells made harmless for chats: it pings nobody, links nothing and formats nothing.

What would be markup is shown with a sign that looks like it and means nothing. So it does not
matter which service reads it, or whether that decodes what was escaped.
"""

from __future__ import annotations

import re

from certsync.alerts.hygiene import one_line

LINE = 300

_ANGLES = str.maketrans("<>", "\u2039\u203a")
# An @ that starts a word, and those that ping everybody wherever they stand. An e-mail address
# stays as it is.
_MENTION = re.compile(
    r"(?<![\w.+-])@(?=\w)|@(?=(?:everyone|here|channel|all)(?![\w-]|\.\w))", re.IGNORECASE
)
_LINK = re.compile(r"(?<=[\]!])(?=[\[(])")
_STRESS = str.maketrans({"*": "\u2217", "`": "'", "~": "\u223c", "|": "\u00a6", "\\": "\u2216"})
_UNDERLINE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
_HEADING = re.compile(r"^(?=#+\s)")


def harmless(text: str, limit: int = LINE) -> str:
    """One line of at most `limit` characters without mentions, links and tags.

    Enough wherever asterisks and the like mean nothing.
    """
    plain = one_line(text, limit).translate(_ANGLES)
    plain = _LINK.sub(" ", _MENTION.sub("\uff20", plain))
    return plain if len(plain) <= limit else f"{plain[: limit - 1].rstrip()}\u2026"


def unformatted(text: str) -> str:
    """Harmless text without Markdown, for services that may take it for such."""
    plain = _UNDERLINE.sub(lambda found: "\u02cd" * len(found.group()), text.translate(_STRESS))
    return _HEADING.sub("\u200a", plain)


def entities(text: str) -> str:
    """Text as Slack wants it where it decodes entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
