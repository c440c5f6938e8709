"""The Alert Log: what it shows of the ledger, and a lost ledger begun anew from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.ledger import Ledger
from certsync.alerts.ledger_log import Logged
from certsync.alerts.log import TAB, Log, log, read_back, shown
from certsync.alerts.pipeline import deliver, plan
from certsync.alerts.rebuild import rebuild
from certsync.dashboard.alert_log import Line, build
from certsync.sheets.edits import Plan, TabEdit
from certsync.sheets.snapshot import Snapshot, TabSnapshot, Value
from certsync.stores.memory import MemoryStore
from tests.alerts.letters import FakeChannel, alert, plain
from tests.alerts.world import NOW, TODAY

TOMORROW = NOW + timedelta(days=1)
NOBODY = frozenset[str]()


def tab_of(ledger: Ledger, name: str = "Alert Log") -> TabSnapshot:
    """The tab as a run writes it, and as it is read back."""
    found = log(ledger, (), NOBODY, TODAY)
    layout = build(shown(found), found.left_out, workbook="agency.xlsx", as_of=TODAY)
    store = MemoryStore(Snapshot("agency.xlsx", (), "0"))
    edit = TabEdit(TAB, replace(layout, title=name), "1")
    store.apply(Plan(tabs=(edit,)), "0")
    return store.read().tab(name)


def answers(*given: Receipt) -> FakeChannel:
    """A channel that gives these answers, one after the other."""
    left: Iterator[Receipt] = iter(given)
    return FakeChannel(answer=lambda _: next(left))


@pytest.fixture
def lost(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger that knows nothing, in place of one that was lost."""
    with Ledger.open(tmp_path / "new" / "ledger.sqlite") as opened:
        yield opened


def test_every_alert_is_a_line_the_newest_first(ledger: Ledger) -> None:
    """Day, tier, person, certification, recipient, channel, state and reason, in plain words."""
    deliver([alert("AWS", days=60)], ledger, [FakeChannel()], plain, NOW)
    deliver([alert("AWS", days=30)], ledger, [FakeChannel()], plain, TOMORROW)
    first, second = shown(log(ledger, (), NOBODY, TODAY))
    assert first[:-1] == (
        date(2026, 3, 17), "Tier 30", "Maria Lopez", "AWS", date(2026, 3, 28),
        "maria@agency.example", "outbox", "Sent", "good", "A tighter tier began",
    )  # fmt: skip
    assert (second.sent, second.tier, second.reason) == (TODAY, "Tier 60", "First notice")


@pytest.mark.parametrize(
    ("receipt", "word", "reason"),
    [
        (Receipt(State.SENT), "Sent", "First notice"),
        (Receipt(State.RETRY), "Retry", "Not delivered yet; tried again"),
        (Receipt(State.FAILED), "Failed", "The address was refused"),
        (Receipt(State.UNCERTAIN), "Uncertain", "It may have arrived; sent again"),
    ],
)
def test_each_state_has_its_word(ledger: Ledger, receipt: Receipt, word: str, reason: str) -> None:
    """What did not arrive says so, and what certsync does about it."""
    deliver([alert()], ledger, [answers(receipt)], plain, NOW)
    (line,) = shown(log(ledger, (), NOBODY, TODAY))
    assert (line.state, line.reason) == (word, reason)


def test_every_reason_has_plain_words() -> None:
    """No reason is shown as the program spells it."""
    for reason in Reason:
        one = Logged(TODAY, State.SENT, reason, "a|b|c", "email", "a|b", "c", "T", 30, 0, "", "",
                     None)  # fmt: skip
        (line,) = shown(Log((one,)))
        assert "_" not in line.reason
        assert line.reason[0].isupper()


CASES: Sequence[tuple[str, Sequence[Receipt], Sequence[Alert], Sequence[Alert]]] = [
    ("new", (), (), (alert("AWS"), alert("PMP", "tom@agency.example"))),
    ("again", (Receipt(State.RETRY),), (alert("AWS"),), (alert("AWS"),)),
    ("doubtful", (Receipt(State.UNCERTAIN),), (alert("AWS"),), (alert("AWS"),)),
    ("tighter", (Receipt(State.SENT),), (alert("AWS", days=60),), (alert("AWS", days=30),)),
    ("snoozed", (), (), (alert("AWS", reason=Reason.SNOOZED),)),
    (
        "still snoozed",
        (),
        (alert("AWS", reason=Reason.SNOOZED),),
        (alert("AWS", reason=Reason.SNOOZED),),
    ),
    ("awake", (), (alert("AWS", reason=Reason.SNOOZED),), (alert("AWS"),)),
    ("known", (Receipt(State.SENT),), (alert("AWS"),), (alert("AWS"),)),
]


def as_sent(line: Line) -> Line:
    """A line that is being sent as it looks once it was: its reason and its name may differ."""
    if line.state not in ("Sending", "Sent"):
        return line
    key = json.loads(line.key)[:6]
    return line._replace(state="Sent", look="good", key=json.dumps([*key[:2], "sent", *key[3:]]))


@pytest.mark.parametrize(
    ("before", "due"), [(c[1:3], c[3]) for c in CASES], ids=[c[0] for c in CASES]
)
@pytest.mark.parametrize("most", [1, 2, 100])
def test_what_is_planned_is_shown_as_being_sent(
    ledger: Ledger,
    before: tuple[Sequence[Receipt], Sequence[Alert]],
    due: Sequence[Alert],
    most: int,
) -> None:
    """Before alerts go out they are lines of the tab; but for their state they are as after it."""
    old = [alert(f"Old {n}", to="old@agency.example") for n in range(3)]
    deliver(old, ledger, [FakeChannel()], plain, NOW, only_these=True)
    deliver(before[1], ledger, [answers(*before[0])], plain, NOW, only_these=True)
    living = {one.about.series for one in due}
    planned = plan(due, ledger, TOMORROW)
    foreseen = log(ledger, planned, living, TOMORROW.date(), most)
    deliver(due, ledger, [FakeChannel()], plain, TOMORROW, only_these=True)
    later = log(ledger, (), living, TOMORROW.date(), most)
    going = {(o.alert.key, o.channel) for o in planned if o.state is State.PLANNED}
    assert {one.ear for one in foreseen.lines if one.state is State.SENDING} <= going
    assert most < 100 or {one.ear for one in foreseen.lines if one.state is State.SENDING} == going
    assert [as_sent(line) for line in shown(foreseen)] == [as_sent(line) for line in shown(later)]
    assert foreseen.left_out == later.left_out
    assert len(later.lines) == min(most, len(later.lines) + later.left_out)


def test_what_is_still_in_the_sheet_is_preferred(ledger: Ledger) -> None:
    """Where there are too many, older alerts of certifications that are gone are left out."""
    for day, name in enumerate(("here", "gone", "gone too")):
        at = NOW + timedelta(days=day)
        deliver([alert(name)], ledger, [FakeChannel()], plain, at, only_these=True)
    found = log(ledger, (), {alert("here").about.series}, TODAY, 2)
    assert [one.certification for one in found.lines] == ["gone too", "here"]
    assert found.left_out == 1


def test_a_lost_ledger_is_rebuilt_and_nothing_is_repeated(ledger: Ledger, lost: Ledger) -> None:
    """States, days, tiers and the workbook's name come back; what was sent is not sent again."""
    due = [alert("AWS"), alert("PMP"), alert("AWS", "Tom@agency.example"),
           alert("AWS", "x@agency.example"), alert("AWS", "y@agency.example")]  # fmt: skip
    ledger.identity("agency")
    channel = answers(*map(Receipt, (State.SENT, State.FAILED, State.UNCERTAIN, State.RETRY)))
    deliver(due, ledger, [channel], plain, NOW)
    tab = tab_of(ledger, "Ruth's log")

    rebuild(lost, lambda _: tab, copy=False)
    assert lost.notices == (
        "The record of alerts was missing and has been rebuilt from the tab Ruth's log: 2 alerts "
        "are known as sent.",
    )
    assert log(lost, (), NOBODY, TODAY) == log(ledger, (), NOBODY, TODAY)
    assert lost.identity("another name") == "agency"
    again = FakeChannel()
    deliver(due, lost, [again], plain, TOMORROW)
    original = FakeChannel()
    deliver(due, ledger, [original], plain, TOMORROW)
    assert again.keys == original.keys
    assert [m.message_id for m in again.messages] == [m.message_id for m in original.messages]


def test_a_ledger_that_knows_of_a_run_is_right(ledger: Ledger, lost: Ledger) -> None:
    """A tab that tells of more than the ledger is only a view, and is not read."""
    deliver([alert()], ledger, [FakeChannel()], plain, NOW)
    tab = tab_of(ledger)
    lost.start_run(TODAY, NOW)
    rebuild(lost, lambda _: tab, copy=False)
    assert (lost.entries([alert().about.series]), lost.notices) == ([], ())


def test_an_old_ledger_asks_for_no_tab(ledger: Ledger) -> None:
    """Ordinary runs do not read the tab."""
    ledger.start_run(TODAY, NOW)

    def read(key: str) -> TabSnapshot:
        raise AssertionError(key)

    rebuild(ledger, read, copy=False)


@pytest.mark.parametrize("tab", [None, TabSnapshot("Alert Log", ())])
def test_without_a_tab_a_new_ledger_says_nothing(lost: Ledger, tab: TabSnapshot | None) -> None:
    """The first run of all begins like that."""
    rebuild(lost, lambda _: tab, copy=False)
    assert lost.notices == ()
    assert lost.is_new


def test_a_copy_says_what_the_next_run_does(ledger: Ledger, tmp_path: Path) -> None:
    """A dry run tells the truth and changes nothing."""
    deliver([alert()], ledger, [FakeChannel()], plain, NOW)
    tab, path = tab_of(ledger), tmp_path / "none" / "ledger.sqlite"
    with Ledger.open_copy(path) as copy:
        rebuild(copy, lambda _: tab, copy=True)
        assert "the next run rebuilds it from the tab Alert Log: 1 alert is" in copy.notices[0]
        assert len(copy.entries([alert().about.series])) == 1
    assert not path.parent.exists()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_edit_of_people_breaks_the_reading(ledger: Ledger, data: st.DataObject) -> None:
    """Rows and columns moved, dropped or overwritten: what is still whole is read, no more."""
    deliver([alert("AWS"), alert("PMP")], ledger, [FakeChannel()], plain, NOW)
    tab = tab_of(ledger)
    rows = [list(row) for row in tab.rows]
    junk: st.SearchStrategy[Value] = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.dates(),
        st.text(), st.text().map(lambda text: f'["{text}'),
        st.sampled_from(['["a|b|c","d","sent","2026-03-16",1,2,"x"]', '["a",[],{},1,2,3,4]',
                         '["a|b|c","d","sent","2026-03-16",true,0,"x"]', "[" * 9999,
                         '["a|b|c",1,"sent","2026-03-16",1,0,"x"]', '[""]']),
    )  # fmt: skip
    for _ in range(data.draw(st.integers(0, 12))):
        row = rows[data.draw(st.integers(0, len(rows) - 1))]
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(junk)
    order = data.draw(st.permutations(range(len(rows[0]))))
    moved = [[row[at] for at in order] for row in data.draw(st.permutations(rows))]
    known = {one.ear for one in read_back(replace(tab, rows=moved))[0]}
    whole = {
        ear for row in rows for cell in row if isinstance(cell, str)
        for ear in [one.ear for one in read_back(TabSnapshot("", [[cell]]))[0]]
    }  # fmt: skip
    assert known <= whole | {("a|b|c", "d")}


ODD_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=5),
    st.sampled_from(["\0", "a\0b", "\ud800", "", "X@y.example", "0001-01-01", "9999-12-31"]),
)
PEOPLE = st.one_of(ODD_TEXTS, st.just("X@Y.example"))
ODD_NUMBERS = st.one_of(
    st.integers(), st.sampled_from([2**63 - 1, 2**63, -(2**63) - 1, 10**400, -1])
)
ODD = st.one_of(ODD_TEXTS, ODD_NUMBERS, st.none(), st.booleans(), st.floats(), st.just([]))
ODD_KEYS = st.one_of(
    st.builds("a|turned|x|Met|{}|turned|x@y.example".format, ODD_TEXTS),
    st.builds("a|E1|aws|{}|tier-30|x@y.example".format, ODD_TEXTS),
    st.builds("a|E1|aws|2026-03-28|tier-30|{}".format, PEOPLE),
)
SOUND = ("a|E1|aws|2026-03-28|tier-30|x@y.example", "email", "uncertain", "2026-03-16", 30, 0,
         "first_notice", "<a@b.example>")  # fmt: skip
ODD_FIELDS = st.one_of(
    st.dictionaries(st.integers(0, len(SOUND) - 1), ODD, max_size=2),
    st.builds(lambda key: {0: key}, ODD_KEYS),
    st.builds(lambda days, follow_up: {4: days, 5: follow_up}, ODD_NUMBERS, ODD_NUMBERS),
    st.builds(lambda follow_up: {5: follow_up}, ODD_NUMBERS),
)
IDENTITIES = ODD_FIELDS.map(
    lambda odd: json.dumps([odd.get(at, value) for at, value in enumerate(SOUND)])
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.tuples(PEOPLE, ODD, PEOPLE, st.one_of(IDENTITIES, IDENTITIES, ODD)), max_size=6
    ),
    twice=st.booleans(),
)
def test_no_cell_ends_a_run(
    in_memory: Path, cells: Sequence[tuple[Value, ...]], twice: bool
) -> None:
    """Whatever the tab holds is taken into a ledger that can be used and opened again."""
    rows: list[Sequence[Value]] = [("Person", "Certification", "To", "Tier", "State", "Key")]
    rows += [(who, what, to, "T", "Sent", key) for who, what, to, key in cells]
    tab = TabSnapshot("Alert Log", rows + rows[1:] * twice)
    path = in_memory / "ledger.sqlite"
    path.unlink(missing_ok=True)
    with Ledger.open(path) as ledger:
        rebuild(ledger, lambda _: tab, copy=False)
        known, spoiled = read_back(tab)
        assert len(known) <= len(cells)
        assert sum(one.state is State.SENT for one in known) >= len(ledger.last_sent())
        assert bool(spoiled) == any("left out" in notice for notice in ledger.notices)
    with Ledger.open(path) as again:
        assert again.notices == ()
        series = {one.series for one in known}
        assert {(e.key, e.channel) for e in again.entries(series)} == {one.ear for one in known}
        assert len(again.history(series)) == len(known)
        assert again.log((), 100)[1] == 0
        again.first_sent(series, 60)
        again.states()


@pytest.mark.parametrize(
    "spoil",
    [
        {4: 2**64}, {5: 2**64}, {4: -1}, {5: -(10**30)}, {4: ""}, {4: False}, {3: "0001-01-01"},
        {3: "soon"}, {0: "a\0|b|c|x@y"}, {0: "a\ud800|b|c|x@y"}, {0: "a|b|c|X@Y"}, {1: "\ud800"},
        {0: "a|turned|x|Met|soon|turned|x@y"}, {2: "read"},
        {2: "uncertain", 7: "<x@y>\r\nBcc: all@agency.example"},
    ],
    ids=repr,
)  # fmt: skip
def test_an_identity_that_no_run_has_written_is_left_out(
    ledger: Ledger, lost: Ledger, spoil: dict[int, object]
) -> None:
    """The rest of the tab is read, and the operator hears how many rows are not."""
    deliver([alert("AWS"), alert("PMP")], ledger, [FakeChannel()], plain, NOW)
    tab = tab_of(ledger)
    rows = [list(row) for row in tab.rows]
    at = next(at for at, row in enumerate(rows) if str(row[-1]).startswith('["'))
    values = [*json.loads(str(rows[at][-1])), "<a@b.example>"]
    rows[at][-1] = json.dumps([spoil.get(n, value) for n, value in enumerate(values)])
    rebuild(lost, lambda _: replace(tab, rows=rows), copy=False)
    left_out, rebuilt = lost.notices
    assert left_out == (
        "1 row of the tab Alert Log is left out: its column Key does not hold what certsync wrote "
        "there."
    )
    assert "1 alert is known as sent" in rebuilt


def test_a_number_in_place_of_the_key_is_left_out(ledger: Ledger, lost: Ledger) -> None:
    """A cell that somebody typed over, of whatever kind, leaves out its row alone."""
    deliver([alert("AWS"), alert("PMP"), alert("ITIL")], ledger, [FakeChannel()], plain, NOW)
    tab = tab_of(ledger)
    rows = [list(row) for row in tab.rows]
    rows[-1][-1], rows[-2][-1] = 2**70, None
    rebuild(lost, lambda _: replace(tab, rows=rows), copy=False)
    assert lost.notices[0].startswith("2 rows of the tab Alert Log are left out: their column Key")
    assert "1 alert is known as sent" in lost.notices[1]
