"""What `certsync preview` prints: who would get which message, and where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from certsync.alerts.digest import Message
from certsync.alerts.hygiene import one_line
from certsync.dashboard.text import clipped, counted, weekday
from certsync.engine import Draft
from certsync.preview.folder import summary
from certsync.preview.trial import Trial
from certsync.terminal import Terminal

SHOWN = 6


@dataclass(frozen=True)
class Preview:
    """A preview that was made. `index` is its page, as a person would type it.

    `trials` are the messages that went to `tester`; `notes` are sentences for the operator.
    """

    draft: Draft
    index: str
    notes: Sequence[str] = ()
    tester: str = ""
    trials: Sequence[Trial] = ()

    @property
    def exit_code(self) -> int:
        """7 where a run would be refused, 3 where a message is missing, else 0."""
        if self.draft.refused:
            return 7
        return 3 if self.draft.unwritten or any(not t.sent for t in self.trials) else 0


def show(preview: Preview, console: Console | None = None) -> None:
    """Print a preview."""
    out = console or Terminal()
    draft = preview.draft
    title = Text("certsync  ", style="bold cyan")
    title.append(draft.workbook, style="bold")
    title.append(f"  as of {weekday(draft.as_of)}")
    title.append("  preview: nothing is written or recorded", style="yellow")
    out.print(title)
    if draft.refused:
        _heading(out, "A run would be refused")
        for reason in draft.refused:
            _line(out, reason, "red")
    _heading(out, summary(draft.messages), _channels(draft.messages))
    if draft.messages:
        out.print(Padding(_table(draft.messages), (0, 0, 0, 2), expand=False))
        if len(draft.messages) > SHOWN:
            _line(out, f"and {len(draft.messages) - SHOWN:,} more messages")
    else:
        _line(out, "Everything that is due was sent before.")
    out.print()
    for sentence in draft.unwritten:
        _line(out, sentence, "red")
    for note in preview.notes:
        _line(out, note, "yellow")
    if preview.tester:
        _trials(out, preview)
    # An address is never broken: it has to be copied as a whole.
    out.print(f"  To look at them, open {preview.index} in a browser.", soft_wrap=True)


def _channels(messages: Sequence[Message]) -> str:
    names = sorted({message.digest.channel for message in messages})
    return f"by {', '.join(names)}" if names else ""


def _table(messages: Sequence[Message]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, expand=True)
    table.add_column("To", ratio=5, overflow="fold")
    table.add_column("Tier", no_wrap=True)
    table.add_column("Subject", ratio=14, overflow="fold")
    for message in messages[:SHOWN]:
        to = message.digest.to
        table.add_row(
            Text(one_line(to.name, 60) or to.email),
            Text(clipped(message.digest.alerts[0].about.tier, 20)),
            Text(one_line(message.subject)),
        )
    return table


def _trials(out: Console, preview: Preview) -> None:
    sent = sum(trial.sent for trial in preview.trials)
    if sent or not preview.trials:
        _line(out, f"Sent {counted(sent, 'test message')} to {preview.tester}, and to nobody else.")
    # One sentence for all that failed for the same reason.
    for detail in dict.fromkeys(trial.detail for trial in preview.trials if not trial.sent):
        failed = sum(trial.detail == detail for trial in preview.trials if not trial.sent)
        _line(out, f"{counted(failed, 'test message')} not sent: {detail}", "red")


def _line(out: Console, text: str, style: str = "") -> None:
    out.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))


def _heading(out: Console, text: str, note: str = "") -> None:
    line = Text(f"\n{text}", style="bold")
    if note:
        line.append(f"  {note}", style="not bold dim")
    out.print(line)
