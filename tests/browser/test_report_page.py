"""The report in a real browser: opens offline, asks for nothing, runs nothing, fits wide and narrow screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simcpec.reporting import write_report
from tests.support import studies

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: install the extra `browser`")
pytestmark = pytest.mark.browser

WIDTHS = (1200, 400)
#: every element with text of its own that reaches beyond the page and stands in no part that scrolls by itself
OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(e =>
    !e.closest('.scroll') && !e.closest('svg') && e.getBoundingClientRect().width > 0 &&
    (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.trim().slice(0, 60))"""
#: texts of drawings that reach beyond their drawing
CUT = """() => [...document.querySelectorAll('svg.drawing')].flatMap(svg => {
    const box = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].filter(t => {
        const r = t.getBoundingClientRect();
        return r.right > box.right + 1 || r.left < box.left - 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1;
    }).map(t => t.textContent);
})"""


#: how far the first cells of wide tables move when the table is scrolled to its end, and whether a shadow is below it
SCROLLED = """() => [...document.querySelectorAll('.scroll')].filter(e =>
    e.querySelector('table') && e.scrollWidth > e.clientWidth + 40
).map(e => {
    const cell = e.querySelector('tbody tr:not(.group) th'), before = cell.getBoundingClientRect().left;
    e.scrollLeft = 10000;
    return {moved: cell.getBoundingClientRect().left - before, shadow: getComputedStyle(e).backgroundImage != 'none'};
})"""


#: opens what is folded, as a reader's clicks do
OPEN = "() => document.querySelectorAll('details').forEach(one => { one.open = true; })"


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """A report of difficult names, with a failed replication."""
    study = studies.of_all_names()
    failed = studies.failed("<i>too</i> many", "simcpec replay --draw 0")
    marked = (replace(study.scenarios[0], failed=(failed,)), *study.scenarios[1:])
    return write_report(replace(study, scenarios=marked), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def browser(chromium) -> Iterator[Any]:
    with playwright.sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


class Visit:
    """The report opened at one width without a network, with all that the browser said and asked for."""

    def __init__(self, browser: Any, report: Path, width: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.page.goto(report.as_uri(), wait_until="load")


@pytest.fixture(params=WIDTHS)
def visit(request, browser, report) -> Iterator[Visit]:
    here = Visit(browser, report, request.param)
    yield here
    here.context.close()


def test_it_opens_offline_and_asks_for_nothing_but_itself(visit, report):
    assert visit.requests == [report.as_uri()]
    assert visit.complaints == [] and visit.dialogs == []
    assert "simcpec" in visit.page.title()


def test_names_with_markup_stay_text_and_no_script_runs(visit):
    visit.page.evaluate(OPEN)
    text = visit.page.inner_text("main")
    for name in studies.NAMES:
        assert " ".join(name.split()) in " ".join(text.split())
    assert visit.page.locator("script").count() == 0
    assert visit.page.locator("main bdi b, main bdi script, main i").count() == 0


def test_the_content_policy_stops_a_script_that_slips_in(visit):
    visit.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.slipped = 1';"
        " document.body.append(s); }"
    )
    assert visit.page.evaluate("() => window.slipped") is None
    assert any("Content Security Policy" in text for text in visit.complaints)


def test_every_figure_is_to_be_seen_and_has_words(visit):
    visit.page.evaluate(OPEN)
    drawings = visit.page.locator("svg.drawing")
    assert drawings.count() == 8
    for i in range(drawings.count()):
        box = drawings.nth(i).bounding_box()
        assert drawings.nth(i).is_visible() and box is not None and box["width"] > 300 and box["height"] > 100
        assert drawings.nth(i).locator("title").first.text_content()
    for figure in visit.page.locator("figure").all():
        assert figure.is_visible()


def test_it_is_short_until_something_is_opened_and_each_chapter_says_what_it_holds(visit):
    screens = visit.page.evaluate("() => document.documentElement.scrollHeight / innerHeight")
    assert screens < 10
    chapters = visit.page.locator("details.chapter")
    assert chapters.count() > 8
    for chapter in chapters.all():
        assert chapter.locator(".claim").is_visible() and not chapter.locator("figure, dl, pre").first.is_visible()
    visit.page.evaluate(OPEN)
    assert visit.page.evaluate("() => document.documentElement.scrollHeight / innerHeight") > 1.5 * screens


def test_question_answer_picture_and_table_come_first(visit):
    tops = [
        visit.page.locator(f"main {one}").first.bounding_box()["y"]
        for one in (".question", ".answer", "svg.drawing", "#T0 table", "details.chapter")
    ]
    assert tops == sorted(tops)
    if visit.page.viewport_size["width"] > 1000:
        assert tops[2] < 900  # the answer and the picture stand on the first screen


def test_a_link_into_a_folded_chapter_opens_it(visit):
    assert not visit.page.locator("#T8 table").first.is_visible()
    visit.page.goto(visit.page.url + "#T8")
    visit.page.wait_for_timeout(100)
    assert visit.page.locator("#T8 table").first.is_visible()


def test_nothing_reaches_beyond_the_page(visit):
    visit.page.evaluate(OPEN)
    assert visit.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert visit.page.evaluate(OVERFLOWING) == []


def test_no_text_of_a_drawing_is_cut(visit):
    visit.page.evaluate(OPEN)
    assert visit.page.evaluate(CUT) == []


def test_a_part_that_goes_on_says_so_and_keeps_its_first_column(browser, report):
    here = Visit(browser, report, 400)
    here.page.evaluate(OPEN)
    found = here.page.evaluate(SCROLLED)
    here.context.close()
    assert len(found) > 3  # tables that are wider than a phone
    assert [one for one in found if abs(one["moved"]) > 1] == []
    assert all(one["shadow"] for one in found)


def test_the_overflow_check_sees_what_overflows(visit):
    visit.page.evaluate(
        "() => { const p = document.createElement('p'); p.style.width = '3000px'; p.textContent = 'wide';"
        " document.querySelector('main').append(p); }"
    )
    assert visit.page.evaluate(OVERFLOWING) == ["P.: wide"]


def test_every_link_of_the_contents_leads_to_a_heading(visit):
    for link in visit.page.locator("nav a").all():
        target = visit.page.locator(str(link.get_attribute("href")))
        assert target.count() == 1 and target.locator("h2").first.is_visible()


def test_it_prints_on_paper(browser, report, tmp_path):
    here = Visit(browser, report, 1200)
    here.page.emulate_media(media="print")
    assert not here.page.locator("nav").is_visible()
    heights = here.page.evaluate(
        "() => [...document.querySelectorAll('details.chapter table')].map(t => t.getBoundingClientRect().height)"
    )
    assert len(heights) > 8 and min(heights) > 10  # closed chapters are open on paper
    paper = here.page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert paper.startswith(b"%PDF") and len(paper) > 50_000
    here.context.close()
