"""Tables of a paper: every format says what the data say, and what cannot be made says what is missing."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from simcpec.cli import main
from simcpec.errors import EnvironmentFault, Refused, UserError
from simcpec.experiments.study import study
from simcpec.reporting.artefacts.artefact import TABLE
from simcpec.reporting.artefacts.paper_tables import net_benefit
from simcpec.reporting.artefacts.registry import ARTEFACTS, availability, chosen
from simcpec.reporting.artefacts.subject import Subject
from simcpec.reporting.artefacts.table_formats import optional_packages
from simcpec.reporting.artefacts.table_formats.latex import column_widths, escape, fitting, latex
from simcpec.reporting.artefacts.table_formats.lines import PlainPanel, PlainRow, on_one_line, plain_panels
from simcpec.reporting.artefacts.table_formats.markdown import markdown
from simcpec.reporting.artefacts.table_formats.stable_zip import EPOCH
from simcpec.reporting.artefacts.writing import place, table_files
from simcpec.reporting.tables.table import Cell, Panel, Row, Table, words
from simcpec.results.records import Setting, Study
from simcpec.scenario.schema.mechanisms import MECHANISMS, symbol_of, used_in
from simcpec.storage import study_folder
from tests.support import studies

#: an article as a journal gives it, with the two packages that tables ask for
ARTICLE = "\\documentclass{article}\\usepackage{booktabs,longtable}\\begin{document}\n%s\\end{document}\n"


def subject(of: Study) -> Subject:
    return Subject(folder=Path("outputs/made"), study=of)


def every_table(made: Study, ids: str = "") -> list[Table]:
    """Every table that a study allows, or those with these ids."""
    of, wanted = subject(made), ids.split() or [one.id for one in ARTEFACTS if one.kind == TABLE]
    found = [one.made(of) for one in ARTEFACTS if one.id in wanted and not one.missing(of)]
    return [table for tables in found for table in tables if isinstance(table, Table)]


@pytest.fixture(scope="module")
def pair() -> Study:
    return studies.pair(replications=30, draws=5)


@pytest.fixture(scope="module")
def tables(pair: Study) -> dict[str, Table]:
    return {table.id: table for table in every_table(pair)}


# ------------------------------------------------------------------------------------------------ formats


def printed_numbers(text: str) -> list[str]:
    """Numbers of LaTeX or of cells as they are printed, signs and thousands separators made plain."""
    plain = text.replace("$-$", "-").replace("\u2212", "-")
    return re.findall(r"[-+]?\d[\d,]*(?:\.\d+)?", plain)


def rounds_to(value: float, printed: str) -> bool:
    """Whether a value gives what is printed when it is rounded to as many decimals or to three digits."""
    shown = float(printed.replace(",", ""))
    decimals = len(printed.partition(".")[2])
    step = 10.0**-decimals if decimals else 10.0 ** max(0, len(printed.strip("+-").replace(",", "")) - 3)
    return abs(shown - value) <= 0.5000001 * step


def test_csv_equals_latex_after_rounding(tables: dict[str, Table]) -> None:
    for name, field in (("T4", "mean"), ("T5", "mean_difference")):
        table = tables[name]
        rows = [dict(zip(table.fields, record, strict=True)) for record in table.records]
        lines = [line for line in latex(table).splitlines() if line.startswith("\\raggedright")]
        body = [line for line in lines if "Outcome" not in line]
        if name == "T4":  # a column a scenario
            cells = [line.split(" & ")[1 + k] for k in range(2) for line in body]
        else:
            cells = [line.split(" & ")[1] for line in body]
        assert len(cells) == len(rows) > 8
        told = [
            (row[field], printed_numbers(cell.replace("\\mdseries", ""))[:1])
            for row, cell in zip(rows, cells, strict=True)
        ]
        assert [each for each in told if each[1] and not rounds_to(float(each[0]), each[1][0])] == []
        wrong = [each for each in told[:3] if rounds_to(float(each[0]) * 1.1 + 1.0, each[1][0])]
        assert wrong == []  # the comparison can fail


def environments(text: str) -> list[str]:
    """Environments of LaTeX that are opened and not closed in their order; braces count as one."""
    stack: list[str] = []
    plain = re.sub(r"\\[{}\\%]|%.*", "", text)
    for opened, closed, brace in re.findall(r"\\begin\{(\w+)\}|\\end\{(\w+)\}|([{}])", plain):
        if opened or brace == "{":
            stack.append(opened or "{")
        elif not stack or stack.pop() != (closed or "{"):
            return ["out of order"]
    return stack


def test_latex_is_balanced_for_every_table_and_every_hard_study(tables: dict[str, Table]) -> None:
    assert environments(r"\begin{a}{x}\end{b}") != []
    for name, each in studies.hard_ones().items():
        for table in every_table(each, "T4 T7 T7b T12 T13") if name != "twelve" else ():
            text = latex(table)
            assert environments(text) == [], f"{table.id} of {name}"
            assert not re.search(r"\b(nan|inf|None)\b", text), f"{table.id} of {name}"
    for table in tables.values():
        assert environments(latex(table)) == []
        for panel in plain_panels(table):
            assert sum(column_widths(panel)) <= 1.0 and min(column_widths(panel)) > 0.0


def test_every_special_sign_is_escaped_and_two_hyphens_stay_two() -> None:
    assert escape("50 % & $5 #1 a_b {x} ~ ^ \\") == (
        r"50 \% \& \$5 \#1 a\_b \{x\} \textasciitilde{} \textasciicircum{} \textbackslash{}"
    )
    assert escape("--seed 7") == "-{}-seed 7"
    assert escape("\u22123 ± 1, “so”") == "$-$3 $\\pm$ 1, ``so''"
    assert escape("see [@nacta-2024]") == r"see \cite{nacta-2024}"
    assert (
        escape("budget.rule.share.of.it")
        == "budget.\\allowbreak{}rule.\\allowbreak{}share.\\allowbreak{}of.\\allowbreak{}it"
    )
    assert "allowbreak" in escape("a" * 64)  # a digest


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles_in_a_bare_article(tables: dict[str, Table], tmp_path: Path) -> None:
    wanted = ("T1", "T2", "T4", "T5", "T6", "T7", "T8", "T14")
    hostile = Table(
        id="T0", slug="x", title="50 % & more_", caption="A $ & # _ { } ~ ^ \\ caption", notes=("note: 100 %",),
        panels=(
            Panel(
                columns=(words("Name"), Cell(text="Ü, é & ø")),
                rows=(Row(cells=(words("[in brackets]", "[1, 2]"), Cell(text="−1", detail="± 2", more="[3, 4]"))),),
            ),
        ),
        fields=(), records=(),
    )  # fmt: skip
    text = "".join(latex(table) for table in (hostile, *(tables[name] for name in wanted)))
    (tmp_path / "a.tex").write_text(ARTICLE % text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="latin-1", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "a.pdf").stat().st_size > 10_000
    assert too_wide(done.stdout) == [], "a table is wider than the line of an article"
    assert too_wide("Overfull \\hbox (9.5pt too wide) in paragraph") == [9.5]  # the check can fail


def too_wide(log: str) -> list[float]:
    """Points by which boxes of a log of LaTeX are wider than their column, where anybody could see it."""
    return [float(points) for points in re.findall(r"Overfull \\hbox \((\d+\.?\d*)pt", log) if float(points) > 1.0]


def test_columns_without_room_go_below_with_the_first_column_again() -> None:
    heads = tuple((name,) for name in ("Province", *(f"Intelligence{k}" for k in range(9))))
    panel = PlainPanel(
        title="Half", heads=heads, numbers=(False,) + (True,) * 9,
        rows=(PlainRow(cells=tuple((str(k),) for k in range(10))), PlainRow(cells=(("all",),), kind="group")),
    )  # fmt: skip
    parts = fitting(panel)
    assert len(parts) > 1 and [part.title for part in parts[:2]] == ["Half", "Half (continued)"]
    assert {part.heads[0] for part in parts} == {("Province",)}
    assert tuple(head for part in parts for head in part.heads[1:]) == heads[1:]
    assert [cell for part in parts for cell in part.rows[0].cells[1:]] == [(str(k),) for k in range(1, 10)]
    assert all(part.rows[1].cells == (("all",),) for part in parts)
    assert fitting(parts[0]) == [parts[0]]


def test_markdown_has_as_many_cells_as_columns(tables: dict[str, Table]) -> None:
    text = markdown(tables["T5"])
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 10
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}
    assert on_one_line(("3.5", "± 0.2", "[2, 5]", "doubtful")) == "3.5 ± 0.2 [2, 5]; doubtful"


def moments_in(archive: bytes) -> list[str]:
    """Moments that an office file tells: in its properties; entries of the archive have the first one there is."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert {entry.date_time for entry in file.infolist()} == {EPOCH}
        return re.findall(r"<dcterms:\w+[^>]*>([^<]*)<", file.read("docProps/core.xml").decode())


def test_word_and_excel_are_read_back(tables: dict[str, Table]) -> None:
    docx = pytest.importorskip("docx")
    openpyxl = pytest.importorskip("openpyxl")
    from simcpec.reporting.artefacts.table_formats.excel import excel
    from simcpec.reporting.artefacts.table_formats.word import word

    table = tables["T5"]
    document = docx.Document(io.BytesIO(word(table)))
    (made,) = document.tables
    (panel,) = plain_panels(table)
    assert len(made.rows) == 1 + len(panel.rows)
    assert [cell.text.splitlines()[0] for cell in made.rows[2].cells] == [cell[0] for cell in panel.rows[1].cells]
    assert document.paragraphs[1].text == table.caption
    assert moments_in(word(table)) == ["2000-01-01T00:00:00Z"] * 2

    book = openpyxl.load_workbook(io.BytesIO(excel(table)))
    assert book.sheetnames == ["Table", "Data", "About"]
    rows = list(book["Data"].iter_rows(values_only=True))
    assert rows[0] == table.fields and len(rows) == 1 + len(table.records)
    at = table.fields.index("mean_difference")
    # a cell of Excel holds 15 to 16 digits
    assert [row[at] for row in rows[1:]] == pytest.approx([record[at] for record in table.records], rel=1e-14)
    assert moments_in(excel(table)) == ["2000-01-01T00:00:00Z"] * 2


def test_no_text_becomes_a_formula_of_excel() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from simcpec.reporting.artefacts.table_formats.excel import excel

    table = Table(
        id="T0", slug="x", title="x", caption="x", fields=("a",), records=(("=1+1",),),
        panels=(Panel(columns=(words("=A1"),), rows=(Row(cells=(words("=HYPERLINK(1)"),)),)),),
    )  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(excel(table)))
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value}
    assert kinds == {"s"}


def test_a_missing_package_is_asked_for_in_one_line(tables: dict[str, Table], monkeypatch: pytest.MonkeyPatch) -> None:
    from simcpec.reporting.artefacts.table_formats.excel import excel
    from simcpec.reporting.artefacts.table_formats.word import word

    def gone(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(optional_packages, "import_module", gone)
    with pytest.raises(EnvironmentFault, match=r"python-docx is not installed; `pip install 'simcpec\[paper\]'`"):
        word(tables["T5"])
    with pytest.raises(EnvironmentFault, match="openpyxl is not installed"):
        excel(tables["T5"])
    assert EnvironmentFault.exit_code == 5


# ------------------------------------------------------------------------------------------------ what they say


def test_net_benefit_is_that_of_the_options(pair: Study) -> None:
    table = net_benefit.net_benefit_table(pair)
    rows = [dict(zip(table.fields, record, strict=True)) for record in table.records]
    for effect in net_benefit.EFFECTS:
        of = net_benefit.choice_of(pair, effect).of
        by_value: dict[float, float] = {}
        for row in (row for row in rows if row["effect"] == effect):
            by_value[row["value_usd"]] = by_value.get(row["value_usd"], 0.0) + row["p_best"]
            s = of.names.index(row["name"])
            wanted = row["value_usd"] * of.expected_effect[s] - of.expected_cost[s]
            assert row["net_benefit_usd"] == pytest.approx(wanted, rel=1e-9, abs=1e-6)
            assert row["expected_loss_usd"] >= 0.0
        assert by_value and all(total == pytest.approx(1.0, abs=1e-12) for total in by_value.values())


def test_two_equal_scenarios_share_the_probability_of_being_best() -> None:
    base = studies.result(draws=3, replications=10)
    same = studies.study(base, replace(base, name="Copy"))
    table = net_benefit.net_benefit_table(same)
    assert {record[table.fields.index("p_best")] for record in table.records} == {0.5}
    assert not re.search(r"\b(nan|inf)\b", markdown(table))


def test_parameters_cite_every_source_and_set_apart_what_nothing_uses(pair: Study) -> None:
    (one,) = chosen(["t2"], TABLE, subject(pair))
    (table,) = one.made(subject(pair))
    assert isinstance(table, Table)
    files = table_files(subject(pair), one, table, ["latex"])
    text, bib = (files[f"t2-parameters.{kind}"].decode() for kind in ("tex", "bib"))
    cited = set(re.findall(r"\\cite\{([^}]+)\}", text))
    assert cited and cited == set(re.findall(r"^@\w+\{([^,]+),", bib, flags=re.M))
    parts = {record[2] for record in table.records}
    assert parts == {"set", "not used"}
    used = {setting.catalogue_id for result in pair.scenarios for setting in result.settings_table}
    assert not used & {record[-1] for record in table.records if record[2] == "not used"}


def test_parameters_say_which_mechanism_reads_them_and_which_nothing_reads() -> None:
    said = {"world.detection.mode": "leads", "world.detection.hazard": "0.9", "world.detection.search": "0.05"}
    settings = tuple(
        Setting(key=key, value=value, unit="", changed=False, source="", grade="", catalogue_id="")
        for key, value in said.items()
    )
    (table,) = every_table(studies.study(replace(studies.result(), settings_table=settings), baseline=None), "T2")
    rows = [dict(zip(table.fields, record, strict=True)) for record in table.records]
    ours = {row["key"]: row for row in rows if row["part"] == "set"}
    assert {row["used_in"] for row in ours.values()} == {"4.4 preparation and detection"}
    idle = {key: row["not_read_because"] for key, row in ours.items() if row["not_read_because"]}
    assert idle == {"world.detection.search": "world.detection.mode is leads"}
    names = [[row.cells[0].text for row in panel.rows if row.kind != "group"] for panel in table.panels]
    assert names[:2] == [["world.detection.mode", "world.detection.hazard"], ["world.detection.search"]]


def test_sections_are_those_of_the_description_of_the_model_and_of_the_rules(root: Path) -> None:
    text = (root / "docs" / "model.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^###? (\d+(?:\.\d+)?)\.? (.+)$", text, flags=re.M))
    for section, title in MECHANISMS.items():
        heading = told[section]
        assert title == heading[:1].lower() + heading[1:] or heading.lower().startswith(title[:10]), section
    cited = {
        found[1]
        for path in (root / "simcpec" / "model" / "rules").glob("*.py")
        if (found := re.search(r"\((\d\.\d+)\)", path.read_text(encoding="utf-8")[:200]))
    }
    assert len(cited) > 6 and cited <= set(MECHANISMS)


def test_a_symbol_tells_settings_of_one_section_apart() -> None:
    assert symbol_of("world.provinces.SIN.plots") == "plots[SIN]"
    assert symbol_of("world.protection.layers.guard.gain") == "guard_gain"
    assert symbol_of("policy.sop.revisions[0].date") == "revisions_date[0]"
    assert used_in("world.forces.ssd.unit_cost") == "4.10 money" != used_in("world.forces.ssd.on_duty")
    assert used_in("nothing.here") == ""


# ------------------------------------------------------------------------------------------------ ids


def test_ids_are_unique_and_every_definition_is_a_sentence() -> None:
    ids = [one.id for one in ARTEFACTS]
    assert len(set(ids)) == len(ids) > 40
    assert [one.id for one in ARTEFACTS if not one.defined.endswith(".") or not one.title] == []


def test_an_unknown_id_names_the_nearest_and_the_other_kind_its_command(pair: Study) -> None:
    of = subject(pair)
    with pytest.raises(UserError, match=r"no table is called 't55'.*Did you mean T5"):
        chosen(["t55"], TABLE, of)
    with pytest.raises(UserError, match="F2 is a figure; `simcpec figure` makes it"):
        chosen(["F2"], TABLE, of)
    assert [one.id for one in chosen(["t5", "T5", "T8B"], TABLE, of)] == ["T5", "T8b"]


def test_what_cannot_be_made_says_what_is_missing(pair: Study) -> None:
    alone = subject(studies.study(studies.result(), baseline=None))
    (one,) = chosen(["T5"], TABLE, alone)
    with pytest.raises(UserError, match="T5 cannot be made from outputs/made: it needs scenarios compared"):
        one.made(alone)
    rows = {row["id"]: row["here"] for row in availability(subject(pair))}
    assert rows["T5"] == rows["T7"] == rows["F4"] == "yes"
    assert rows["T3"].startswith("needs a calibration") and rows["F9"].startswith("needs a folder that sweep run")
    assert "here" not in availability(None)[0]


# ------------------------------------------------------------------------------------------------ files


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sets = ("run.horizon=30 days", "run.warm_up=0 days")
    made = study(["share-1", "share-2"], baseline="share-1", sets=sets, draws=2, replications=4, seed=0)
    return study_folder.write(made, tmp_path_factory.mktemp("stored") / "pair")


def test_tables_are_written_with_data_and_specification(
    stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "paper"
    assert main(["table", str(stored), "T5", "--to", "md", "-o", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["tables"][0]["files"] == ["t5-differences.csv", "t5-differences.json", "t5-differences.md"]
    assert sorted(path.name for path in out.iterdir()) == said["tables"][0]["files"]
    spec = json.loads((out / "t5-differences.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in spec["study"]["scenarios"]] == ["One percent", "Two percent"]
    assert all(len(one["digest"]) == 64 for one in spec["study"]["scenarios"])
    assert spec["study"]["units"]["deaths"] and spec["study"]["seed"] == 0 and spec["defined"]
    with (out / "t5-differences.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file)).keys() == set(spec["columns"])


@pytest.mark.parametrize(
    ("words_", "code", "said"),
    [
        (["table", "STORED", "T55"], 2, "Did you mean T5"),
        (["table", "STORED", "T5", "--to", "latx"], 2, "Did you mean latex"),
        (["table", "STORED", "T3"], 2, "it needs a calibration"),
        (["figure", "STORED", "F2", "--style", "slides"], 2, "Did you mean slide"),
        (["table", "STORED", "T5", "-o", "STORED"], 4, "sealed"),
        (["table", "nowhere", "T5"], 4, "nowhere"),
        (["list", "levers", "STORED"], 2, "goes with artefacts alone"),
    ],
)
def test_bad_words_are_refused_and_nothing_is_written(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words_: list[str], code: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main([str(stored) if word == "STORED" else word for word in words_]) == code
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert not (stored.parent / "pair-artefacts").exists()


def test_the_folder_says_which_artefacts_it_allows(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "artefacts", str(stored), "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["T5"]["here"] == "yes" and rows["T4b"]["here"].startswith("needs a precision")


def test_files_appear_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept.csv").write_text("mine", encoding="utf-8")
    assert [path.name for path in place(tmp_path, {"a.csv": b"1", "b.csv": b"2"})] == ["a.csv", "b.csv"]

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simcpec.reporting.artefacts.writing.flush", full)
    with pytest.raises(EnvironmentFault, match="No space left"):
        place(tmp_path, {"a.csv": b"3", "c.csv": b"4"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.csv": b"1", "b.csv": b"2", "kept.csv": b"mine",
    }  # fmt: skip
    monkeypatch.undo()
    with pytest.raises(Refused, match="is a file"):
        place(tmp_path / "kept.csv", {"a": b""})
