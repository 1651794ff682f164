"""What a notebook shows of a study, of estimates, of tables and of figures."""

from __future__ import annotations

import re
from dataclasses import fields

import numpy as np
import pytest
from matplotlib.figure import Figure

import simcpec
from simcpec.analysis.study_analysis import analysed
from simcpec.errors import UserError
from simcpec.reporting.notebook import NotebookStudy
from simcpec.results.records import Study
from simcpec.results.scenario_names import EMPTY
from simcpec.storage.data_frames import frame
from tests.support import studies


def shown(of: Study) -> NotebookStudy:
    whole = analysed(of)
    return NotebookStudy(**{each.name: getattr(whole, each.name) for each in fields(whole)})


@pytest.fixture(scope="module")
def pair() -> NotebookStudy:
    return shown(studies.pair(replications=12, draws=6))


def test_a_study_shows_its_headline_table(pair: NotebookStudy) -> None:
    html = pair._repr_html_()
    assert html.count("<table>") == html.count("</table>") >= 1
    assert "Two percent" in html and "At a glance" in html
    alone = shown(studies.study(studies.result(), baseline=None))
    assert "Headline outcomes" in alone._repr_html_()


def test_names_of_scenarios_are_text_and_never_markup() -> None:
    html = shown(studies.of_all_names())._repr_html_()
    assert "<script" not in html and not re.search(r"<b>[^<]*\$x", html)
    assert EMPTY in html


def test_data_frames_are_those_of_frame(pair: NotebookStudy) -> None:
    assert pair.to_dataframe().equals(frame(pair))
    assert pair.to_dataframe("differences").equals(frame(pair, "differences"))
    table = pair.table("t5")
    assert list(table.to_dataframe().columns) == list(table.fields)
    assert len(table.to_dataframe()) == len(table.records)


def test_figures_are_matplotlib_objects_that_may_be_changed(pair: NotebookStudy) -> None:
    figure = pair.figure("F8", which="deaths", style="journal")
    assert isinstance(figure, Figure) and figure.get_size_inches()[0] == 3.46
    figure.axes[0].set_title("mine")
    assert pair.figure("F8", which="deaths", style="journal").axes[0].get_title() != "mine"
    with pytest.raises(UserError, match="no F8 is called 'death toll'"):
        pair.figure("F8", which="death toll")
    with pytest.raises(UserError, match="Did you mean slide"):
        pair.figure("F8", style="slides")
    with pytest.raises(UserError, match="T5 is a table"):
        pair.figure("T5")
    with pytest.raises(UserError, match="T18 has nothing to show"):
        pair.table("T18")


def test_estimates_and_differences_name_both_intervals(pair: NotebookStudy) -> None:
    html = next(iter(pair.estimate("incidents").values()))._repr_html_()
    assert "95 % Monte Carlo" in html and "5-95 % over parameter draws" in html
    found = next(iter(pair.compare("incidents").values()))
    assert found.verdict in found._repr_html_()
    assert simcpec.estimate(np.ones((1, 1)))._repr_html_().startswith("<p><b>1</b>")


def test_the_front_door_hands_over_studies_that_show_themselves() -> None:
    found = simcpec.study(["bare"], sets=["run.horizon=10 days"], replications=2, seed=0, engine="reference")
    assert isinstance(found, NotebookStudy) and "<table>" in found._repr_html_()
    assert simcpec.study.__name__ == "study" and "refs" in str(simcpec.study.__doc__)
