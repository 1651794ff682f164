"""The digest of the model changes with what its code says, and with nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simcpec.experiments.sweep.studies import model_digest as of
from simcpec.experiments.sweep.studies.model_digest import digest_of_tree, form_of

CODE = b'"""Caption."""\n\n\ndef rate(x: float) -> float:\n    """Return a rate."""\n    return 2.0 * x + 1\n'


@pytest.mark.parametrize(
    "changed",
    [
        CODE.replace(b"Caption", b"Another caption"),
        CODE.replace(b"Return a rate", b"Return the rate"),
        CODE.replace(b"    return", b"    # why\n    return"),
        CODE.replace(b"2.0 * x + 1", b"(2.0 * x\n            + 1)"),
        CODE.replace(b'"""Caption."""\n\n\n', b""),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(changed: bytes) -> None:
    assert changed != CODE and form_of(changed) == form_of(CODE)


@pytest.mark.parametrize(
    "changed",
    [
        CODE.replace(b"2.0", b"2.5"),
        CODE.replace(b"2.0", b"2"),
        CODE.replace(b"+ 1", b"- 1"),
        CODE.replace(b"2.0 * x + 1", b"2.0 * (x + 1)"),
        CODE.replace(b"return 2.0 * x + 1", b"2.0 * x + 1"),
        CODE + b"\nrate(1.0)\n",
    ],
)
def test_whatever_is_executed_counts(changed: bytes) -> None:
    assert form_of(changed) != form_of(CODE)


def test_data_count_by_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of, "DECIDES", ("data",))
    (tmp_path / "data").mkdir()
    data = tmp_path / "data" / "rates.yaml"
    digests = []
    for text in ("rate: 1\n", "# why\nrate: 1  \n\n", "rate: 2\n"):
        data.write_text(text, encoding="utf-8")
        digests.append(digest_of_tree(tmp_path))
    assert digests[0] == digests[1] != digests[2]
    shutil.move(data, data.with_name("other.yaml"))
    data.with_name("other.yaml").write_text("rate: 1\n", encoding="utf-8")
    assert digest_of_tree(tmp_path) != digests[0]


def test_a_damaged_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of, "DECIDES", ("errors.py",))
    monkeypatch.setenv("SIMCPEC_CACHE", str(tmp_path))
    made = of.model_digest.__wrapped__()
    (kept,) = (tmp_path / "simcpec").glob("model-*")
    assert of.model_digest.__wrapped__() == made
    kept.write_text("0123456789abcdef " + "0" * 64, encoding="ascii")
    assert of.model_digest.__wrapped__() == made == digest_of_tree(of.PACKAGE)
