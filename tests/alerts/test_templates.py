"""Templates of the user's own: what they may do, and that no alert is lost to one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from certsync.alerts import templating
from certsync.alerts.alert import Recipient
from certsync.alerts.digest import Digest, Message
from certsync.alerts.mail import as_email
from certsync.alerts.message import MAX_BYTES, Letterhead, Writer
from certsync.alerts.page import Page
from certsync.alerts.templatecheck import SAMPLES, check_templates
from certsync.alerts.templating import HTML, NAMES, SUBJECT, TEXT, Templates, inlined, visible
from tests.alerts.letters import alert
from tests.alerts.world import LETTERHEAD, NOW, TODAY

TO = Recipient("maria@agency.example", "Maria Lopez", ("holder",))
OURS = Path(templating.__file__).parent / "templates"


def told(*names: str) -> Digest:
    """A digest about these certifications of Maria Lopez."""
    return Digest("email", TO, tuple(alert(name) for name in names or ("PMP",)), TODAY)


def writer(folder: Path | None) -> Writer:
    """What writes with the templates of a folder."""
    head = Letterhead(
        LETTERHEAD.sender, LETTERHEAD.workbook, LETTERHEAD.coordinator, templates=folder
    )
    return Writer(head, None, TODAY)


def written(folder: Path | None, **files: str) -> tuple[Message, list[str]]:
    """A message with these templates (`html`, `txt`, `subject`), and what the operator is told."""
    names = {"html": HTML, "txt": TEXT, "subject": SUBJECT}
    for kind, source in files.items():
        assert folder is not None
        (folder / names[kind]).write_text(source)
    made = writer(folder)
    return made(told(), NOW), made.notices


def test_a_template_of_the_user_stands_in_for_ours(tmp_path: Path) -> None:
    """By file name, each form for itself; what is not there stays as it is."""
    plain, _ = written(None)
    message, notices = written(tmp_path, subject="Agency: {{ page.title }}\n")
    assert message.subject == f"Agency: {message.page and message.page.title}"
    assert (message.text, message.html) == (plain.text, plain.html)
    message, notices = written(tmp_path, txt="Only {{ page.groups[0].items[0].certification }}")
    assert message.text == "Only PMP"
    assert message.html == plain.html
    assert notices == []


def test_a_template_can_extend_ours(tmp_path: Path) -> None:
    """A foot of one's own needs no copy of the whole mail; the look stays."""
    plain, _ = written(None)
    source = (
        '{% extends "certsync/digest.html.j2" %}'
        '{% block foot %}<tr><td class="foot">Ours: {{ page.why }}</td></tr>{% endblock %}'
    )
    message, notices = written(tmp_path, html=source)
    assert notices == []
    assert ">Ours: You receive this because you hold a certification.</td>" in message.html
    start = styled(plain.html).partition('class="foot"')[0]
    assert styled(message.html).startswith(start)


def test_the_css_of_a_template_is_written_into_its_tags(tmp_path: Path) -> None:
    """The user writes a style sheet, as in ours, and mail programs find it in each tag."""
    source = "<html><head><style>p { color: #123456 }</style></head><body><p>x</p></body></html>"
    message, _ = written(tmp_path, html=source)
    assert '<pstyle="color:#123456">x</p>' in styled(message.html)


def test_nothing_is_loaded_for_a_template(tmp_path: Path) -> None:
    """A style sheet named in it, here or elsewhere, is not opened."""
    secret = tmp_path / "secret.css"
    secret.write_text("p { color: #abcdef }")
    for address in (secret.as_uri(), str(secret), "secret.css", "http://127.0.0.1:9/x.css"):
        link = f'<link rel="stylesheet" href="{address}">'
        style = f'<style>@import url("{address}");</style>'
        source = f"<html><head>{link}{style}</head><body><p>x</p></body></html>"
        message, notices = written(tmp_path, html=source)
        assert notices == []
        assert "abcdef" not in message.html


def test_cells_are_harmless_in_any_template(tmp_path: Path) -> None:
    """What a template shows of a cell is escaped, in parts of its own too."""
    (tmp_path / "part.j2").write_text("{{ page.groups[0].items[0].certification }}")
    (tmp_path / HTML).write_text('<html><body><p>{% include "part.j2" %}</p></body></html>')
    (tmp_path / SUBJECT).write_text("{{ page.greeting }}\r\nBcc: eve@evil.example\n")
    message = writer(tmp_path)(told("<b onclick=x>PMP"), NOW)
    assert "&lt;b onclick=x&gt;PMP" in message.html
    assert message.subject == "Hello Maria Lopez, Bcc: eve@evil.example"
    assert b"\nBcc" not in as_email(message).as_bytes()


BROKEN = {
    "{% if %}": "digest.html.j2, line 2: Expected an expression",
    "{{ page.subjet }}": "line 2: 'certsync.alerts.page.Page object' has no attribute 'subjet'",
    "{{ pge.subject }}": "digest.html.j2, line 2: 'pge' is undefined",
    "{{ 1 / 0 }}": "digest.html.j2, line 2: division by zero",
    '{% include "nothing.j2" %}': "there is no template nothing.j2",
    '{% include "digest.html.j2" %}': "digest.html.j2, line 2: it includes itself",
    "{{ ''.__class__.__mro__ }}": "line 2: access to attribute '__class__' of 'str' object",
    "{{ page.__init__.__globals__ }}": "line 2: access to attribute '__init__' of 'Page' object",
    "{{ namespace.__init__.__globals__.os.popen('id').read() }}": "access to attribute '__init__'",
    "{% for n in range(10**9) %}{% endfor %}": "line 2: ** is not for templates",
    "{% for n in range(1000000000) %}{% endfor %}": "line 2: Range too big",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}": (
        "line 2: its loops go round more than 100,000 times"
    ),
    "{% for a in page.title %}" * 9 + "{% endfor %}" * 9: "its loops go round more than 100,000",
    "{{ 'x' * 1000000000 }}": "line 2: it would make more than 1,000,000 characters",
    "{% for n in range(99999) %}{{ page.title }}{% endfor %}": "more than 1,000,000 characters",
    "{{ 'x'.ljust(1100000) }}": "line 2: it would make more than 1,000,000 characters",
    "{{ 'x'.ljust(600000) }}{{ 'x'.ljust(600000) }}": "it writes more than 1,000,000 characters",
    "{{ 'x'.ljust(200000) }}": "its messages are longer than 98,000 bytes",
    "{{ page.groups.append(1) }}": "line 2: 'tuple object' has no attribute 'append'",
}


MUCH = "it would make more than 1,000,000 characters"
WORK = "it does far more than a message needs"
ENDLESS = {
    "{{ lipsum(n=1000000) }}": "'lipsum' is undefined",
    "{{ cycler('a', 'b') }}": "'cycler' is undefined",
    "{{ page.title|pprint }}": "No filter named 'pprint'",
    "{{ '%999999999d'|format(1) }}": MUCH,
    "{{ '%999999999d' % 1 }}": MUCH,
    "{{ '%.999999999f' % 1 }}": MUCH,
    "{{ '%*d' % (999999999, 1) }}": "a width is written out in a format",
    "{{ '{:>999999999}'.format(1) }}": MUCH,
    "{{ '{:>{}}'.format(1, 999999999) }}": "a width is written out in a format",
    "{{ '{:>{w}}'.format_map({'w': 999999999}) }}": "a width is written out in a format",
    "{{ ('{0:>9999}' * 9999).format(1) }}": MUCH,
    "{{ ('{0}' * 99999).format(page) }}": MUCH,
    "{{ 'x'|center(999999999) }}": MUCH,
    "{{ 'x'.zfill(999999999) }}": MUCH,
    "{{ ('\\t' * 99999).expandtabs(99999) }}": MUCH,
    "{{ 'a b'|indent(999999999) }}": MUCH,
    "{{ ('a\\n' * 99999)|indent(9999) }}": MUCH,
    "{{ [1]|batch(999999999, 0)|list }}": MUCH,
    "{{ [1]|slice(999999999)|list }}": MUCH,
    "{{ 5|round(-999999999) }}": MUCH,
    "{{ [1] * 999999999 }}": MUCH,
    "{{ range(99999)|join('x' * 99999) }}": MUCH,
    "{{ ('x' * 99999)|replace('x', 'y' * 99999) }}": MUCH,
    "{{ ('x' * 99999).translate({120: 'y' * 99999}) }}": MUCH,
    "{% set x = 'x' %}" + "{% set x = x ~ x %}" * 60: MUCH,
    "{% set x = 'x' %}" + "{% set x = x + x %}" * 60: MUCH,
    "{% set x = 9 %}" + "{% set x = x * x %}" * 60: MUCH,
    "{{ ('f' * 240000)|int(0, 16) // 3 }}": MUCH,
    "{% set x = [1] %}" + "{% set x = [x, x] %}" * 60 + "{{ x }}": WORK,
    "{{ ('x' * 99999)|wordwrap(1) }}": WORK,
    "{{ ('!' * 99999)|wordwrap }}": WORK,
    "{{ ('<b>' * 299999)|striptags }}": WORK,
    "{{ ([[1]] * 9999)|sum(start=[]) }}": WORK,
    "{{ ('a' * 99999).encode('punycode') }}": "access to attribute 'encode'",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}": (
        WORK
    ),
    "{% set x = 'x' * 999000 %}{% for n in range(999) %}{% if 'y' in x %}{% endif %}{% endfor %}": (
        WORK
    ),
    "{% set x %}{% for n in range(99999) %}{{ page }}{% endfor %}{% endset %}": WORK,
    "{% filter upper %}{% for n in range(99999) %}"
    + "x" * 999
    + "{% endfor %}{% endfilter %}": WORK,
    "{% for n in range(99999) %}{% include ['a', 'b'] ignore missing %}{% endfor %}": WORK,
    "{% for n in range(9) %}{% for m in range(99999) if m < 0 %}{% endfor %}{% endfor %}": (
        "its loops go round more than 100,000 times"
    ),
    "{% set a = namespace(x='x') %}{% for n in range(99) %}{% set a.x = a.x ~ a.x %}{% endfor %}": (
        MUCH
    ),
}
BROKEN |= {source: f"line 2: {says}" for source, says in ENDLESS.items()}


@pytest.mark.parametrize("source", BROKEN)
@pytest.mark.parametrize("name", NAMES)
def test_a_broken_template_loses_no_alert(tmp_path: Path, source: str, name: str) -> None:
    """The message goes out in our own words; file, line and reason are told once, and soon."""
    if name == SUBJECT and "200000" in source:
        pytest.skip("a subject is one line in any case")
    plain, _ = written(None)
    (tmp_path / name).write_text(f"line 1\n{source}".replace(HTML, name))
    made = writer(tmp_path)
    began = time.perf_counter()
    first, second = made(told(), NOW), made(told(), NOW)
    assert time.perf_counter() - began < 5
    assert first == second == plain
    (notice,) = made.notices
    assert notice.startswith("Template ")
    assert name in notice
    assert BROKEN[source].replace(HTML, name).replace("digest.html.j2", name) in notice
    assert notice.endswith("Messages go out in certsync's own words until it is put right.")


def test_bounds_leave_room_for_what_mails_need(tmp_path: Path) -> None:
    """Wrapping, widths, sorting, loops with a memory and parts of one's own cost no message."""
    source = (
        "{% macro row(i) %}{{ '%-20s' % i.tier }} {{ '{:>9}'.format(i.when) }}{% endmacro %}"
        "{% set seen = namespace(n=0) %}"
        "{% for g in page.groups %}{% for i in g.items|sort(attribute='certification') %}"
        "{% set seen.n = seen.n + 1 %}{{ loop.cycle('-', '*') }} {{ row(i) }} "
        "{{ i.ask|wordwrap(60)|indent(4) }}{% endfor %}{% endfor %}{{ seen.n }} in all, "
        "{{ page.groups|map(attribute='person')|join(', ')|default('nobody', true) }}"
    )
    message, notices = written(tmp_path, txt=source)
    assert notices == []
    assert message.text.startswith("- Tier 30              28 March 2026 Act immediately")
    assert message.text.endswith("1 in all, nobody")


def test_bounds_leave_room_for_a_long_digest(tmp_path: Path) -> None:
    """A copy of our templates writes as many certifications as ours do."""
    for name in NAMES:
        (tmp_path / name).write_text((OURS / name).read_text())
    digest = told(*(f"Certification number {n}" for n in range(300)))
    made = writer(tmp_path)
    assert made(digest, NOW).text == writer(None)(digest, NOW).text
    assert made.notices == []


def test_css_that_would_be_tried_for_ever_loses_no_alert(tmp_path: Path) -> None:
    """Very many rules on very many tags are not tried."""
    source = (
        "<html><head><style>{{ 'i{color:red}' * 20000 }}</style></head>"
        "<body>{{ ('<i>x</i>' * 20000)|safe }}</body></html>"
    )
    began = time.perf_counter()
    message, (notice,) = written(tmp_path, html=source)
    assert time.perf_counter() - began < 5
    assert message == written(None)[0]
    assert "digest.html.j2: it has too much CSS for so many tags" in notice


BLANK = {
    HTML: (
        "",
        "\n \t\n",
        "<html><head><title>Certifications</title></head><body></body></html>",
        "<STYLE>p { color: red }</STYLE><p>&nbsp;<br>&#8203;</p><!-- <p>later</p> -->",
        "<script>say('hello')</script><table><tr><td></td></tr></table>",
        "{% if false %}<p>Hello</p>{% endif %}",
        "<p></p><!-- never closed <p>Hello</p>",
        "{# later #}",
    ),
    TEXT: ("", " \n\u00a0\u200b\n", "{# later #}", "{% if false %}Hello{% endif %}"),
}


@pytest.mark.parametrize(
    ("name", "source"), [(name, source) for name in BLANK for source in BLANK[name]]
)
def test_a_mail_with_nothing_to_see_is_not_sent(tmp_path: Path, name: str, source: str) -> None:
    """It counts as a failed template: ours goes out, and both the run and the check say why."""
    (tmp_path / name).write_text(source)
    made = writer(tmp_path)
    assert made(told(), NOW) == written(None)[0]
    why = f"Template {name}: it writes nothing that anybody could see."
    assert made.notices == [f"{why} Messages go out in certsync's own words until it is put right."]
    assert check_templates(tmp_path) == [why]


@pytest.mark.parametrize("source", ["<p>x</p>", "x", "<b>&lt;</b>", "<p>1 < 2", "<!-- a -->x"])
def test_a_word_is_enough_to_see(tmp_path: Path, source: str) -> None:
    """However little a template says, it is the user's to say it."""
    message, notices = written(tmp_path, html=source)
    assert notices == []
    assert message.html != written(None)[0].html


@pytest.mark.parametrize("opened", ["<", "<!--", "<style", "<title>", "<p "])
def test_looking_for_something_to_see_is_quick(opened: str) -> None:
    """What is opened very often and never closed is gone through once."""
    began = time.perf_counter()
    visible(opened * 200_000)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("tag", ["<div>", "<i></b>", "<table>", "<svg>"])
def test_tags_that_nobody_closes_lose_no_alert(tmp_path: Path, tag: str) -> None:
    """HTML too deep to walk through is not tried; some open tags are nothing."""

    def opened(number: int) -> str:
        return f"<html><body>x{{% for n in range({number}) %}}{tag}{{% endfor %}}"

    _, notices = written(tmp_path, html=opened(900))
    assert notices == []
    message, (notice,) = written(tmp_path, html=opened(30_000))
    assert message == written(None)[0]
    assert "digest.html.j2: more than 1,000 tags are open at once" in notice


def test_a_template_that_is_no_text_loses_no_alert(tmp_path: Path) -> None:
    """A file in another encoding is named like any other trouble."""
    (tmp_path / TEXT).write_bytes(b"Gr\xfc\xdfe {{ page.title }}")
    message, notices = written(tmp_path)
    assert message == written(None)[0]
    assert notices[0].startswith("Template digest.txt.j2: it is not written in UTF-8.")


def test_a_folder_that_is_not_there_loses_no_alert(tmp_path: Path) -> None:
    """Our own templates are used, and the check says why."""
    message, _ = written(tmp_path / "nowhere")
    assert message == written(None)[0]
    (said,) = check_templates(tmp_path / "nowhere")
    assert said == f"The folder of templates {tmp_path / 'nowhere'} does not exist."


def test_a_check_finds_what_a_message_would_meet(tmp_path: Path) -> None:
    """Every file that cannot be read is named at once, and strange names with the nearest."""
    (tmp_path / HTML).write_text("{% if %}")
    (tmp_path / SUBJECT).write_text("{{ page.title")
    (tmp_path / "digset.txt.j2").write_text("x")
    (tmp_path / "zzz.j2").write_text("x")
    assert check_templates(tmp_path) == [
        "Template digest.html.j2, line 1: Expected an expression, got 'end of statement block'.",
        "Template subject.txt.j2, line 1: unexpected end of template, expected 'end of print "
        "statement'.",
        "digset.txt.j2 is no template of certsync's, and none includes it. "
        "Did you mean digest.txt.j2?",
        "zzz.j2 is no template of certsync's, and none includes it. "
        "Those are called subject.txt.j2, digest.txt.j2, digest.html.j2.",
    ]


def test_a_check_writes_pages_with_much_and_with_little(tmp_path: Path) -> None:
    """A template that only fails where nothing expires is found too; a sound one passes."""
    (tmp_path / TEXT).write_text("{{ page.groups[0].person }}")
    (said,) = check_templates(tmp_path)
    assert said.startswith("Template digest.txt.j2, line 1: ")
    (tmp_path / TEXT).write_text('{% include "foot.txt.j2" %}{{ page.title }}')
    (tmp_path / "foot.txt.j2").write_text("{{ page.why }}")
    assert check_templates(tmp_path) == []


def test_our_own_templates_pass_their_check() -> None:
    """What a user copies to begin with is sound."""
    assert check_templates(OURS) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=["much", "little"])
def test_a_copy_of_our_templates_looks_the_same(tmp_path: Path, sample: Page) -> None:
    """CSS that is written into the template once says the same as into each message."""
    for name in NAMES:
        (tmp_path / name).write_text((OURS / name).read_text())
    ours, copied = Templates().write(sample), Templates(tmp_path).write(sample)
    assert (ours.subject, ours.text) == (copied.subject, copied.text)
    assert styled(ours.html) == styled(copied.html)


def styled(html: str) -> str:
    """HTML without what nobody sees: blanks, bodies of tables, ways to write a quote."""
    source = html.replace("&#34;", '"').replace("<tbody>", "").replace("</tbody>", "")
    return "".join(source.split()).replace(';"', '"')


def test_code_in_a_template_stays_where_it_was() -> None:
    """Loops between rows, values in cells and in attributes survive the inlining of the CSS."""
    source = (
        "<html><head><style>td { color: red }</style></head><body><table>\n"
        "{% for n in (1, 2) %}\n<tr><td class=\"a{{ n }}\">{{ n }} <b>{{ '<' }}</b></td></tr>\n"
        "{% endfor %}\n</table></body></html>"
    )
    made = inlined(source)
    for code in ("{% for n in (1, 2) %}", 'class="a{{ n }}"', ">{{ n }} <b>{{ '<' }}</b></td>"):
        assert code in made
    assert made.index("<table>") < made.index("{% for") < made.index("<td")
    assert 'style="color: red' in made


def test_a_long_digest_fits_with_a_template_too(tmp_path: Path) -> None:
    """A template of the user's gets as many certifications as fit, and the number of the rest."""
    source = (
        "{% for g in page.groups %}{% for i in g.items %}<p>{{ i.certification }}"
        "{{ 'x'.ljust(9000) }}</p>{% endfor %}{% endfor %}{{ page.more }} more"
    )
    (tmp_path / HTML).write_text(source)
    made = writer(tmp_path)
    message = made(told(*(f"C{n}" for n in range(30))), NOW)
    assert made.notices == []
    assert len(as_email(message).as_bytes()) <= MAX_BYTES
    assert "25 more" in message.html
