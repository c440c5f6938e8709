"""The summary a person reads after a run: what expires, what is at risk, what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from certsync.alerts.alert import State
from certsync.alerts.pipeline import Outcome
from certsync.compute.consequences import consequences, sentence
from certsync.dashboard.cells import number, words
from certsync.dashboard.issues import judged, total
from certsync.dashboard.programs import ordered
from certsync.dashboard.text import clipped, counted, weekday
from certsync.dashboard.tiles import tiles
from certsync.dashboard.urgency import most_urgent, urgency
from certsync.doctor import Check
from certsync.result import SyncResult
from certsync.sheets.schema import spec
from certsync.terminal import Terminal

NEXT_SHOWN = 8
PROGRAMS_SHOWN = 12
RECIPIENTS_SHOWN = 10
FINDINGS_SHOWN = 15

LOOKS = {
    "good": "green",
    "warn": "yellow",
    "bad": "red",
    "dark": "bold red",
    "plain": "default",
    "Met": "green",
    "At Risk": "yellow",
    "Not Met": "red",
    "Unknown": "bright_black",
    "error": "red",
    "warning": "yellow",
    "sent": "green",
    "planned": "cyan",
    "retry": "yellow",
    "uncertain": "yellow",
    "failed": "red",
    "due now": "cyan",
    "muted": "yellow",
    "cancelled": "bright_black",
    "passed": "bright_black",
    "not yet": "default",
    "none": "bright_black",
}


def show(result: SyncResult, *, quiet: bool = False, console: Console | None = None) -> None:
    """Print a result; `quiet` prints nothing but what needs somebody's attention."""
    out = _Page(console or Terminal(), quiet)
    out.title(result)
    if result.refused:
        out.refusal(result)
    elif result.mode != "check":
        out.numbers(result)
        out.expires_next(result)
        out.programs(result)
        out.mails(result)
    out.findings(result)
    out.closing(result)


def show_checks(checks: Sequence[Check], console: Console | None = None) -> None:
    """Print what `certsync doctor` tried, line by line, and what follows from it."""
    out = console or Terminal()
    named = max(len(check.name) for check in checks)
    indent = 2 + max(len(check.state) for check in checks) + 3 + named + 3
    out.print()
    for check in checks:
        # An address is never broken: it has to be copied or clicked as a whole.
        lines = wrap(
            check.says,
            max(40, out.width - indent),
            break_long_words=False,
            break_on_hyphens=False,
        )
        line = Text("  ")
        style = LOOKS["good" if check.state == "ok" else check.state]
        line.append(check.state.ljust(indent - named - 8), style=f"bold {style}")
        line.append(f"   {check.name.ljust(named)}   ")
        line.append(f"\n{' ' * indent}".join(lines))
        out.print(line, soft_wrap=True)
    out.print()
    wrong = sum(check.state == "error" for check in checks)
    if wrong:
        what = "one thing" if wrong == 1 else f"{wrong} things"
        out.print(f"  Put {what} right, then run `certsync doctor` again.", style="red")
    else:
        out.print("  The set-up works. `certsync run --dry-run` shows what a run would do.")


class _Page:
    """One summary on one console, section by section."""

    def __init__(self, console: Console, quiet: bool) -> None:
        self.console = console
        self.quiet = quiet

    def title(self, result: SyncResult) -> None:
        if self.quiet:
            return
        line = Text("certsync  ", style="bold cyan")
        line.append(result.workbook, style="bold")
        line.append(f"  as of {weekday(result.as_of)}")
        if result.mode == "dry run":
            line.append("  dry run: nothing is written or sent", style="yellow")
        self.console.print(line)

    def refusal(self, result: SyncResult) -> None:
        self._heading("Refused")
        for reason in result.refused:
            self._line(reason, "red")

    def numbers(self, result: SyncResult) -> None:
        if self.quiet:
            return
        row = tiles(result.facts, result.findings, urgency(result.facts))
        table = Table(box=None, padding=(0, 3, 0, 0), show_header=False, pad_edge=False)
        for tile in row:
            table.add_column(max_width=max(12, len(tile.label) // 2 + 2))
        table.add_row(*(Text(f"{t.number:,}", style=f"bold {LOOKS[t.look]}") for t in row))
        table.add_row(*(Text(t.label, style="dim") for t in row))
        self.console.print(Padding(table, (1, 0, 1, 2), expand=False))
        self._line(f"{judged(total(result.coverage))}: {_coverage(result)}.")

    def expires_next(self, result: SyncResult) -> None:
        if self.quiet:
            return
        facts = result.facts
        order = most_urgent(facts, urgency(facts))
        shown = order[:NEXT_SHOWN].tolist()
        rest = len(order) - len(shown)
        self._heading("Act next", f"and {rest:,} more in the Dashboard" if rest else "")
        if not shown:
            self._line(f"Nothing expires in the next {facts.policy.at_risk_days} days.")
            return
        follows = consequences(facts, shown)
        table = _table(("Expires", 0), ("Person", 5), ("Certification", 9), ("What follows", 11))
        record: Any
        records = facts.certifications.iloc[shown].itertuples()
        for record, position in zip(records, shown, strict=True):
            what = follows[position]
            table.add_row(
                _left(int(record.days_to_expiry)),
                clipped(str(record.person), 28),
                clipped(str(record.certification), 60),
                clipped(sentence(what[0]), 1_000)
                if what
                else Text("no requirement depends on it", style="dim"),
            )
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def programs(self, result: SyncResult) -> None:
        frame = ordered(result.facts.requirements)
        frame = frame[frame["compliance"] != "Met"]
        met = len(result.facts.requirements) - len(frame)
        if self.quiet and frame.empty:
            return
        note = f"{counted(met, 'requirement')} met" if met else ""
        self._heading("Programs and clients at risk", note)
        if frame.empty:
            self._line("None." if met else "No requirements are listed.")
            return
        table = _table(("", 0), ("Program or client", 9), ("What and when", 16))
        line: Any
        for line in frame.head(PROGRAMS_SHOWN).itertuples():
            name = " ".join(filter(None, (words(line.name), words(line.tier))))
            value = number(line.annual_value)
            span = "a year" if line.kind == "partnership" else "for the contract"
            worth = f" Worth {value:,.0f} {span}." if value else ""
            table.add_row(
                Text(line.compliance, style=LOOKS[line.compliance]),
                clipped(name),
                clipped(f"{line.reason}{worth}", 1_000),
            )
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False))
        if len(frame) > PROGRAMS_SHOWN:
            self._line(f"and {len(frame) - PROGRAMS_SHOWN:,} more in the Dashboard")

    def mails(self, result: SyncResult) -> None:
        chosen = [o for o in result.alerts if o.undelivered or (o.shown and not self.quiet)]
        if self.quiet and not chosen:
            return
        heading = "Alerts that would be sent" if result.mode == "dry run" else "Alerts"
        if not chosen:
            self._heading(heading)
            self._line("Nothing is due that was not sent before.")
            return
        groups: dict[tuple[State, str, str], list[Outcome]] = {}
        for outcome in chosen:
            groups.setdefault((outcome.state, outcome.channel, outcome.recipient), []).append(
                outcome
            )
        people = counted(len({recipient for _, _, recipient in groups}), "person", "people")
        channels = ", ".join(sorted({channel for _, channel, _ in groups}))
        self._heading(heading, f"to {people} by {channels}")
        table = _table(("", 0), ("To", 7), ("Tier", 0), ("About", 16))
        for (state, _, recipient), found in list(groups.items())[:RECIPIENTS_SHOWN]:
            table.add_row(
                Text(state.value, style=LOOKS.get(state.value, "default")),
                found[0].alert.to.name or recipient or "nobody: no address is known",
                found[0].tier,
                _about(found),
            )
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False))
        if len(groups) > RECIPIENTS_SHOWN:
            self._line(f"and {len(groups) - RECIPIENTS_SHOWN:,} more messages")

    def findings(self, result: SyncResult) -> None:
        found = sorted(result.findings, key=lambda f: f.severity != "error")
        if self.quiet:
            found = [f for f in found if f.severity == "error"]
        if not found:
            if not self.quiet:
                self._heading("Cells to put right")
                self._line("None: every row reads well.", style="green")
            return
        errors = sum(f.severity == "error" for f in found)
        parts = [counted(errors, "error")] if errors else []
        parts += [counted(len(found) - errors, "warning")] if len(found) > errors else []
        self._heading("Cells to put right", ", ".join(parts))
        shown = found if result.mode == "check" else found[:FINDINGS_SHOWN]
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for finding in shown:
            look = LOOKS[finding.severity]
            text = f"{finding.message} {finding.fix}"
            table.add_row(Text(finding.severity, style=look), Text(finding.where), Text(text))
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False))
        if len(found) > len(shown):
            more = len(found) - len(shown)
            self._line(f"and {more:,} more: `certsync check` lists them all")

    def closing(self, result: SyncResult) -> None:
        self.console.print()
        for note in (*result.notes, *([result.skipped] if result.skipped else [])):
            self._line(note, "yellow")
        if self.quiet or result.refused:
            return
        if result.mode == "check":
            self._line(f"{judged(total(result.coverage))}: {_coverage(result)}.")
        elif result.mode == "dry run":
            tabs = [tab.layout.title for tab in result.plan.tabs]
            planned = _amount(result.plan.cell_count, tabs)
            self._line(f"Would write {planned} into {result.target}.")
        elif result.written.cells or result.written.tabs:
            written = _amount(result.written.cells, result.written.tabs)
            self._line(f"Wrote {written} into {result.target} in {result.seconds:.1f} s.")
        elif not result.skipped:
            self._line("Nothing changed since the last run: not a byte was written.")

    def _line(self, text: str, style: str = "") -> None:
        """One paragraph, indented as everything below a heading is."""
        self.console.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))

    def _heading(self, text: str, note: str = "") -> None:
        line = Text(f"\n{text}", style="bold")
        if note:
            line.append(f"  {note}", style="not bold dim")
        self.console.print(line)


def _table(*columns: tuple[str, int]) -> Table:
    """Columns as (title, share of the width); one without a share is as wide as its words."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, expand=True)
    for title, share in columns:
        table.add_column(title, ratio=share or None, no_wrap=not share, overflow="fold")
    return table


def _left(days: int) -> Text:
    if days < 0:
        return Text(f"{counted(-days, 'day')} ago", style="bold red")
    words = "today" if days == 0 else f"in {counted(days, 'day')}"
    return Text(words, style="red" if days <= 30 else "yellow")


def _coverage(result: SyncResult) -> str:
    return ", ".join(
        f"{spec(key).title} {c.judged:,}/{c.rows:,}" for key, c in result.coverage.items()
    )


def _about(outcomes: Sequence[Outcome]) -> str:
    """The most urgent matter, how many more there are, and what went wrong."""
    first, detail = outcomes[0].about, outcomes[0].detail
    more = f" and {len(outcomes) - 1} more" if len(outcomes) > 1 else ""
    failed = f". {detail}" if detail and outcomes[0].undelivered else ""
    return f"{clipped(first, 70)}{more}{failed}"


def _amount(cells: int, tabs: Sequence[str]) -> str:
    parts = [counted(cells, "cell")] if cells else []
    *first, last = tabs or ("",)
    parts += [f"the tabs {', '.join(first)} and {last}"] if first else []
    parts += [f"the tab {last}"] if tabs and not first else []
    return " and ".join(parts) or "nothing"
