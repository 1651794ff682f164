"""The report as a whole: the same bytes every time, nothing from outside, names as they are, no nan anywhere."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simcpec.reporting import picture, write_report
from simcpec.reporting.figures import budget_bars
from simcpec.reporting.page.pdf import pages_of
from simcpec.reporting.page.report import html
from simcpec.reporting.page.sections import Section
from simcpec.reporting.tables import outcomes
from tests.support import studies

HARD = studies.hard_ones()


class Page(HTMLParser):
    """Text, ids, tags and links of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.ids: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self._silent = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._silent += tag == "style"
        self.attributes += [(key, value or "") for key, value in attrs]
        self.ids += [value or "" for key, value in attrs if key == "id"]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[str, Path]:
    """Every hard study, written once; its figures are drawn as SVG alone, for no page shows the PNG files."""
    found, saved = {}, picture._saved
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            picture, "_saved", lambda figure, kind, *others: saved(figure, kind, *others) if kind == "svg" else b""
        )
        for name, study in HARD.items():
            folder = tmp_path_factory.mktemp("report")
            found[name] = write_report(study, folder, brief=True)
    return found


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Path:
    return write_report(studies.pair(draws=2, replications=8), tmp_path_factory.mktemp("pair"))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> tuple[Path, list[str], tuple[dict, dict]]:
    """A report, what whoever waits was told of it, and the settings of matplotlib before and after."""
    import matplotlib

    told: list[str] = []
    before, folder = dict(matplotlib.rcParams), tmp_path_factory.mktemp("watched")
    write_report(studies.pair(replications=5), folder, notice=told.append)
    return folder, told, (before, dict(matplotlib.rcParams))


def test_the_same_study_gives_the_same_bytes(watched, tmp_path, monkeypatch):
    import matplotlib

    monkeypatch.setenv("TZ", "Asia/Karachi")
    with matplotlib.rc_context(
        {"font.size": 31.0, "axes.facecolor": "red", "svg.hashsalt": None, "text.parse_math": True}
    ):
        write_report(studies.pair(replications=5), tmp_path)
    assert files(watched[0]) == files(tmp_path)


def test_whoever_waits_is_told_what_is_worked_out(watched):
    folder, told, _ = watched
    assert told[0] == "Working out the tables of the report ..." and told[-1] == "Writing the page ..."
    drawn = [line for line in told if line.startswith("Drawing F")]
    assert len(drawn) == len(set(drawn)) == len(list((folder / "figures").glob("*.svg"))) == len(told) - 2


def test_another_study_gives_other_bytes(watched, tmp_path):
    write_report(studies.pair(replications=5, factor=0.4), tmp_path)
    one, two = files(watched[0]), files(tmp_path)
    same = [name for name in one if one[name] == two[name]]
    assert one.keys() == two.keys()
    # attacks of the other scenario differ; settings, money, operations and what shows the baseline alone do not
    untouched = ("t1-", "t2", "t8", "f21-", "f22-", "f26-", "f1-cumulative-incidents.png")
    assert {name.split("/")[1] for name in same} == {
        path.split("/")[1] for path in one if "/" in path and path.split("/")[1].startswith(untouched)
    }


def test_settings_of_matplotlib_are_left_as_they_were(watched):
    before, after = watched[2]
    assert before == after


@pytest.mark.parametrize("name", HARD)
def test_no_nan_no_none_no_infinity(reports, name):
    pages = (reports[name], reports[name].with_name("brief.html"))
    text = " ".join(Page(page.read_text("utf-8")).text for page in pages)
    assert not re.search(r"\b(nan|inf|None|True|False)\b", text)
    for path in reports[name].parent.rglob("*.csv"):
        cells = [cell for row in csv.reader(io.StringIO(path.read_text("utf-8"))) for cell in row]
        assert not {"nan", "inf", "-inf", "None"} & set(cells), path.name


@pytest.mark.parametrize("name", HARD)
def test_ids_on_a_page_are_unique_and_links_lead_somewhere(reports, name):
    page = Page(reports[name].read_text("utf-8"))
    assert [one for one, count in Counter(page.ids).items() if count > 1] == []
    links = {value[1:] for key, value in page.attributes if key == "href" and value.startswith("#")}
    assert links - set(page.ids) == set()
    pointed = {one for key, value in page.attributes if key == "aria-labelledby" for one in value.split()}
    assert pointed and pointed - set(page.ids) == set()


@pytest.mark.parametrize("name", HARD)
def test_a_page_holds_no_script_and_asks_for_nothing(reports, name):
    source = reports[name].read_text("utf-8")
    page = Page(source)
    assert not set(page.tags) & {"script", "link", "iframe", "object", "embed", "img", "form", "base"}
    assert not [pair for pair in page.attributes if pair[0].startswith("on") or pair[0] in ("src", "srcset", "action")]
    elsewhere = {value for key, value in page.attributes if key == "href" and not value.startswith("#")}
    assert elsewhere and all((reports[name].parent / value).is_file() for value in elsewhere - {"manifest.json"})
    assert not [value for value in elsewhere if ":" in value or value.startswith(("/", "."))]
    style = source[source.index("<style>") : source.index("</style>")]
    assert "url(" not in style and "@import" not in style


def test_the_content_policy_forbids_everything_but_inline_style(pair):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', pair.read_text("utf-8"))
    assert policy is not None
    rules = {part.split()[0]: part.split()[1:] for part in policy[1].split(";")}
    assert rules["default-src"] == ["'none'"] and rules["style-src"] == ["'unsafe-inline'"]
    assert "script-src" not in rules and rules["img-src"] == ["data:"]


@pytest.mark.parametrize("wanted", [" ".join(name.split()) for name in studies.NAMES])
def test_every_name_stays_text(reports, wanted):
    assert wanted in Page(reports["names"].read_text("utf-8")).text


def test_markup_of_a_name_makes_no_element(reports):
    bold = Page(reports["names"].read_text("utf-8")).tags["b"]
    plain = studies.study(*(studies.result(name=f"n{i}") for i in range(len(HARD["names"].scenarios))))
    assert plain.baseline == 0
    source = reports["names"].read_text("utf-8")
    assert "<script" not in source and "<b>bold</b>" not in source
    assert bold == len(re.findall(r"<figcaption><b>", source)) + len(plain.scenarios)


@pytest.mark.parametrize("name", HARD)
def test_drawings_are_well_formed_and_say_what_they_show(reports, name):
    drawings = list((reports[name].parent / "figures").glob("*.svg"))
    assert drawings
    for path in drawings:
        root = ElementTree.fromstring(path.read_text("utf-8"))
        title, description = (root.find(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("title", "desc"))
        assert title is not None and title.text and description is not None and len(description.text or "") > 20
        assert len(path.with_suffix(".csv").read_text("utf-8").splitlines()) > 1


def test_every_drawing_is_there_as_png_too(pair):
    drawings = list((pair.parent / "figures").glob("*.svg"))
    assert drawings
    assert all(path.with_suffix(".png").read_bytes().startswith(b"\x89PNG") for path in drawings)


def test_dollars_and_urdu_reach_the_drawing_as_they_are(reports):
    text = "".join(ElementTree.parse(reports["names"].parent / "figures" / "f2-differences.svg").getroot().itertext())
    assert "costs $x^2$ and $y" in text and studies.URDU in text and "<b>bold</b>" in text


def test_identical_scenarios_are_marked(reports):
    assert (
        "identical to “Plain”: every paired difference is exactly 0"
        in Page(reports["two identical"].read_text("utf-8")).text
    )


def test_files_that_the_page_names_are_there(pair):
    named = re.findall(r'href="(tables/[\w-]+\.csv|figures/[\w-]+\.(?:svg|png|csv))"', pair.read_text("utf-8"))
    there = {str(path.relative_to(pair.parent)) for path in pair.parent.rglob("*.csv") if path.parent.name == "tables"}
    assert {name for name in named if name.startswith("tables/")} == there
    assert all((pair.parent / name).is_file() for name in named) and len(named) > 10


@pytest.mark.parametrize("name", ["names", "twelve", "one scenario, one replication, one day"])
def test_the_executive_page_takes_one_side(reports, name):
    pytest.importorskip("weasyprint", reason="no WeasyPrint: install the extra `pdf`")
    assert pages_of(reports[name].with_name("brief.html").read_text("utf-8")) == 1
    long = reports[name].with_name("brief.html").read_text("utf-8").replace("</main>", "<p>more</p>" * 80 + "</main>")
    assert pages_of(long) > 1


def test_a_copy_on_paper_names_files_and_links_to_none(pair):
    study = studies.pair(replications=3)
    sections = (Section(id="answer", title="The answer", lead="", parts=(outcomes.headline(study),)),)
    source = html(study, sections, paper=True)
    page = Page(source)
    assert "tables/t4-headline-outcomes.csv" in page.text
    assert not [value for key, value in page.attributes if key == "href" and not value.startswith("#")]
    opened = re.findall(r'<details class="chapter" id="[a-z]+" open>', source)
    assert source.count('<details class="chapter"') == len(opened)


def test_both_intervals_are_named_apart(pair):
    text = Page(pair.read_text("utf-8")).text
    assert "95 % Monte Carlo half-width" in text and "uncertainty interval" in text
    assert re.search(r"Monte Carlo [−\d.]+ to [−\d.]+; uncertainty (within noise|[−\d.]+ to [−\d.]+)", text)


def test_importing_costs_nothing_and_reporting_opens_no_window(tmp_path):
    code = (
        "import sys, simcpec.reporting as r; assert not {'matplotlib', 'jinja2', 'numpy'} & set(sys.modules);"
        "from pathlib import Path; from tests.support import studies;"
        f"r.write_report(studies.pair(replications=2), Path({str(tmp_path)!r}));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_long_names_break_at_underscores_and_stay_escaped(tmp_path):
    base = studies.result(name="security_share.share 0.1 % <b>", replications=2)
    page = write_report(studies.study(base, replace(base, name="another_name")), tmp_path).read_text(encoding="utf-8")
    assert "security_<wbr>share.share 0.1 % &lt;b&gt;" in page and "another_<wbr>name" in page
    assert "share 0.1 % <b>" not in page


def test_amounts_below_one_another_keep_their_zeros():
    assert [budget_bars._digits(x) for x in (5.897, 6.55, 29.0, 0.0)] == ["5.90", "6.55", "29.0", "0"]
