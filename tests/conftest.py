"""What all tests share: reproducible examples, and the reasons for which a test is skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: files that take longest, which begin first: workers then end together, each with tests of a moment
LONGEST = (
    "agreement/test_engines_agree.py", "project/test_house.py", "agreement/test_reproducible.py",
    "agreement/test_levers_agree.py", "unit/cli/test_cli_run_and_compare.py", "properties/test_relations.py",
    "unit/reporting/test_report_page.py", "faults/test_surroundings.py", "mutation/test_mutants.py",
    "faults/test_cli_faults.py", "docs/test_examples.py", "faults/test_kills.py", "faults/test_stops.py",
    "unit/engines/test_verify_engines.py", "unit/cli/test_cli_relations.py", "unit/experiments/test_memory.py",
)  # fmt: skip

# No test draws without a written seed: derandomize takes every example from the test's own source text,
# and no example database lets one machine try what another does not.
settings.register_profile(
    "simcpec",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("simcpec")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a reason, what this machine cannot run, and begin with what takes longest."""
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
    reasons = {
        "browser": "" if browser_path() else "no Chromium: install it, or name one in SIMCPEC_CHROMIUM",
        "shared_data": "" if SHARED_DATA.is_dir() else "the source data do not lie beside this clone (../shared/data)",
    }
    for item in items:
        for name, reason in reasons.items():
            if reason and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


def browser_path() -> str | None:
    """The Chromium to drive: SIMCPEC_CHROMIUM, else the first one on the search path; None where there is none."""
    named = os.environ.get("SIMCPEC_CHROMIUM")
    return named or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the clone."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; for tests marked `browser`."""
    found = browser_path()
    assert found is not None, "mark the test with `browser`"
    return found


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of source data beside the clone; for tests marked `shared_data`."""
    return SHARED_DATA


@pytest.fixture
def unset_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw figures, but set none: turning a drawing into SVG and PNG is most of the time of a small study."""
    blank = {"svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>', "png": b"no image"}
    monkeypatch.setattr("simcpec.reporting.picture._saved", lambda figure, kind, *others: blank[kind])


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing of the caller's terminal decides a test: plain text, 100 columns, no colour."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    yield
