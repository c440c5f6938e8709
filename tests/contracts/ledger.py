"""What every ledger promises, whatever it is kept in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.ledger import Entry, Ledger
from tests.alerts.letters import alert, letter
from tests.alerts.world import NOW, TODAY

MARIA = alert()
TOM = alert(to="tom@agency.example")


def known(ledger: Ledger, of: Alert) -> Entry:
    """What the ledger holds of one alert."""
    return next(e for e in ledger.entries([of.about.series]) if e.key == of.key)


def planned(ledger: Ledger, *alerts: Alert) -> None:
    """Commit that these are to be sent."""
    ledger.plan([(a, State.PLANNED, Reason.FIRST_NOTICE) for a in alerts], [], NOW)


class LedgerContract:
    """A class of tests for any ledger; give it a `ledger` fixture that is empty."""

    @pytest.fixture
    def ledger(self) -> Ledger:
        """The ledger to test."""
        raise NotImplementedError

    def test_the_first_name_of_the_workbook_stays(self, ledger: Ledger) -> None:
        """A workbook that is renamed keeps its identity, so nothing is sent again."""
        assert ledger.identity("agency") == "agency"
        assert ledger.identity("agency 2027") == "agency"

    def test_a_planned_alert_is_open_and_knows_its_series(self, ledger: Ledger) -> None:
        """What is committed comes back as it was."""
        planned(ledger, MARIA)
        entry = known(ledger, MARIA)
        assert (entry.state, entry.rank, entry.recipient) == (
            State.PLANNED,
            (30, 0),
            "maria@agency.example",
        )
        assert entry.message_id is None

    def test_open_alerts_of_other_series_come_too(self, ledger: Ledger) -> None:
        """Whatever is asked for, what is still open is shown; what is closed is not."""
        planned(ledger, MARIA)
        assert [e.key for e in ledger.entries([])] == [MARIA.key]
        ledger.plan([], [(known(ledger, MARIA), State.CANCELLED, Reason.NO_LONGER_DUE)], NOW)
        assert ledger.entries([]) == []

    def test_the_same_alert_through_two_channels_is_two(self, ledger: Ledger) -> None:
        """What went to a folder has not gone by mail."""
        planned(ledger, MARIA, MARIA._replace(channel="email"))
        assert len(ledger.entries([])) == 2

    def test_a_message_carries_its_alerts_from_sending_to_sent(self, ledger: Ledger) -> None:
        """The intent is visible before the result, and both name the message."""
        message = letter(MARIA)
        planned(ledger, MARIA)
        ledger.begin([message], NOW)
        assert known(ledger, MARIA).state is State.SENDING
        assert ledger.settle([(message, Receipt(State.SENT))], NOW) == [State.SENT]
        entry = known(ledger, MARIA)
        assert (entry.state, entry.message_id, entry.day) == (
            State.SENT,
            message.message_id,
            TODAY,
        )

    def test_the_next_intent_comes_with_the_last_result(self, ledger: Ledger) -> None:
        """One commit settles a message and begins the following one."""
        planned(ledger, MARIA, TOM)
        first, second = letter(MARIA), letter(TOM, to="tom@agency.example")
        ledger.begin([first], NOW)
        ledger.settle([(first, Receipt(State.SENT))], NOW, [second])
        assert known(ledger, MARIA).state is State.SENT
        assert known(ledger, TOM).state is State.SENDING

    def test_what_a_crash_left_is_uncertain(self, ledger: Ledger) -> None:
        """An alert in sending at the start of a run may have gone out."""
        planned(ledger, MARIA)
        ledger.begin([letter(MARIA)], NOW)
        ledger.recover(NOW)
        assert known(ledger, MARIA).state is State.UNCERTAIN

    def test_a_passing_no_leaves_an_unconfirmed_message_uncertain(self, ledger: Ledger) -> None:
        """The first attempt may have arrived, whatever the second one hears."""
        message = letter(MARIA, message_id="<1@agency.example>")
        planned(ledger, MARIA)
        ledger.begin([message], NOW)
        assert ledger.settle([(message, Receipt(State.RETRY))], NOW) == [State.UNCERTAIN]

    def test_a_wait_is_counted_from_the_day_of_the_run(self, ledger: Ledger) -> None:
        """`wait_days` becomes the day before which nothing is tried."""
        planned(ledger, MARIA)
        ledger.begin([letter(MARIA)], NOW)
        ledger.settle([(letter(MARIA), Receipt(State.RETRY, wait_days=1))], NOW)
        assert known(ledger, MARIA).not_before == TODAY + timedelta(days=1)

    def test_planning_again_wakes_what_was_closed(self, ledger: Ledger) -> None:
        """A cancelled alert that is due again is planned again."""
        planned(ledger, MARIA)
        ledger.plan([], [(known(ledger, MARIA), State.CANCELLED, Reason.NO_LONGER_DUE)], NOW)
        assert known(ledger, MARIA).state is State.CANCELLED
        planned(ledger, MARIA)
        assert known(ledger, MARIA).state is State.PLANNED

    def test_a_doubt_outlives_a_cancellation(self, ledger: Ledger) -> None:
        """A message that may have arrived stays known, whatever becomes of its alerts."""
        planned(ledger, MARIA)
        ledger.begin([letter(MARIA)], NOW)
        ledger.recover(NOW)
        ledger.plan([], [(known(ledger, MARIA), State.CANCELLED, Reason.NO_LONGER_DUE)], NOW)
        ledger.plan([(MARIA, State.SILENCED, Reason.SNOOZED)], [], NOW)
        entry = known(ledger, MARIA)
        assert (entry.doubtful, entry.message_id) == (True, letter(MARIA).message_id)

    def test_the_last_alert_of_a_series_is_known(self, ledger: Ledger) -> None:
        """Tier and day of what was sent last, one line for each series."""
        for of, days in ((alert(days=60), 0), (alert(days=30), 5)):
            planned(ledger, of)
            ledger.begin([letter(of)], NOW)
            ledger.settle([(letter(of), Receipt(State.SENT))], NOW + timedelta(days=days))
        day = TODAY + timedelta(days=5)
        assert ledger.last_sent() == [(MARIA.about.series, "Tier 30", day)]

    def test_runs_are_remembered(self, ledger: Ledger) -> None:
        """The last run is found by outcome and by day, with the rows it read."""
        assert ledger.last_run() is None
        first = ledger.start_run(TODAY, NOW)
        ledger.end_run(first, "ok", {"certifications": 120}, NOW)
        second = ledger.start_run(TODAY + timedelta(days=1), NOW)
        ledger.end_run(second, "error", {}, NOW)
        ledger.start_run(TODAY + timedelta(days=2), NOW)

        last, ok = ledger.last_run(), ledger.last_run("ok", "partial")
        assert last is not None
        assert (last.as_of, last.ended, last.outcome) == (TODAY + timedelta(days=2), None, None)
        assert ok is not None
        assert (ok.as_of, dict(ok.rows)) == (TODAY, {"certifications": 120})
        assert ledger.last_run("ok", as_of=TODAY) == ok
        assert ledger.last_run("ok", as_of=date(2020, 1, 1)) is None
