"""The compiler decorator, the bit operations and the guard of the cache of compiled code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simcpec.numerics import jit as kernel_module
from simcpec.numerics.jit import (
    JIT,
    NEVER_COMPILED,
    bits_of,
    cache_folder,
    cache_root,
    float_of,
    kernel,
    mulhilo,
    signed,
    source_digest,
    sources,
    subroutine,
    unsigned,
    wrapping_sum,
)

PACKAGE_PARENT = Path(kernel_module.__file__).parents[2]
#: the compiler's part of simcpec/numerics
COMPILER = ("__init__", "import_settings", "jit_mode", "numba_import", "numba_pipeline", "tested_numba", "jit")
needs_compiler = pytest.mark.skipif(not JIT, reason="NUMBA_DISABLE_JIT is set: nothing is compiled or kept")

LOG_OF_TWO = """
import sys
from simcpec.numerics.special_functions import log
print(log(2.0).hex(), sum(log.stats.cache_hits.values()), sum(log.stats.cache_misses.values()))
"""


def play(script: str, *, path: Path = PACKAGE_PARENT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a fresh interpreter."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "SIMCPEC_"))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=kept | {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        cwd=path,  # which `-c` puts before PYTHONPATH
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def files_of(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.bin"))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the compiler and the arithmetic alone, whose sources nobody edits while the tests run."""
    parent = tmp_path_factory.mktemp("snapshot")
    bare_package(parent, *COMPILER, "special_functions")
    return parent


def bare_package(parent: Path, *modules: str) -> Path:
    """A package in `parent` that has only the errors and some modules of `numerics`."""
    package = parent / "simcpec"
    (package / "numerics").mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    for name in ("errors.py", *(f"numerics/{module}.py" for module in modules)):
        shutil.copy(PACKAGE_PARENT / "simcpec" / name, package / name)
    return package


@pytest.fixture(scope="module")
def compiled_once(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("compiled")
    play(LOG_OF_TWO, path=snapshot, SIMCPEC_CACHE=str(cache))
    return cache


@pytest.fixture
def warm(compiled_once: Path, tmp_path: Path) -> Path:
    """A cache folder that holds the compiled logarithm."""
    return Path(shutil.copytree(compiled_once, tmp_path / "cache"))


# ------------------------------------------------------------------------------------------------ the decorator


def test_a_kernel_keeps_name_docstring_and_value() -> None:
    def twice(x: float) -> float:
        """Two times x."""
        return 2.0 * x

    for decorate in (kernel, subroutine):
        compiled = decorate(twice)
        assert (compiled.__name__, compiled.__doc__, compiled(1.5)) == ("twice", "Two times x.", 3.0)


@needs_compiler
def test_compiled_callers_copy_a_draft_and_leave_the_door_for_python_alone() -> None:
    @kernel
    def half(x: float) -> float:
        return 0.5 * x

    @subroutine
    def quarter(x: float) -> float:
        return half(half(x))

    assert quarter(3.0) == 0.75
    assert not half.signatures
    assert (half(3.0), len(half.signatures)) == (1.5, 1)
    assert half.inspect_asm(half.signatures[0])


def test_importing_compiles_nothing_and_leaves_the_compilers_settings_alone(tmp_path: Path) -> None:
    script = """
import numba, warnings
before = {name: getattr(numba.config, name) for name in dir(numba.config) if name.isupper()}
import numpy; errors = numpy.geterr()
from simcpec.numerics import special_functions, streams
assert before == {name: getattr(numba.config, name) for name in before}
assert errors == numpy.geterr()
assert not streams.block.signatures and not special_functions.log.signatures
"""
    play(script, SIMCPEC_CACHE=str(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_without_the_compiler_a_kernel_is_the_function_itself(tmp_path: Path) -> None:
    script = """
import sys
from simcpec.numerics import jit, special_functions
assert "numba" not in sys.modules
assert not jit.JIT and type(special_functions.log).__name__ == "function"
print(special_functions.log(2.0).hex())
"""
    done = play(script, NUMBA_DISABLE_JIT="1", SIMCPEC_CACHE=str(tmp_path / "cache"))
    assert done.stdout.split() == [(0.6931471805599453).hex()]
    assert not (tmp_path / "cache").exists()


# ------------------------------------------------------------------------------------------------ bits


def words(count: int) -> list[int]:
    rng = np.random.default_rng(7)
    return [0, 1, 2**31, 2**63 - 1, -1, -(2**63), *(int(word) for word in rng.integers(-(2**63), 2**63 - 1, count))]


def test_bit_operations_agree_with_integer_arithmetic() -> None:
    many = words(200)
    for a, b in zip(many, reversed(many), strict=True):
        low, high = a % 2**64, b % 2**64
        assert unsigned(a) == low
        assert signed(a) == a
        assert wrapping_sum(a, b) == (a + b) % 2**64
        assert mulhilo(a, b) == divmod(low * high, 2**64)


def test_bits_of_a_float_and_back() -> None:
    for x in (0.0, -0.0, 1.0, -1.5, 5e-324, 1.7976931348623157e308, float("inf"), 0.1):
        assert bits_of(x) == int(np.float64(x).view(np.int64))
        assert float_of(bits_of(x)).hex() == x.hex()
    assert np.isnan(float_of(bits_of(float("nan"))))


# ------------------------------------------------------------------------------------------------ the digest


@pytest.mark.parametrize("change", ["edit", "add", "rename", "delete"])
def test_any_change_of_any_source_gives_another_digest(tmp_path: Path, change: str) -> None:
    (tmp_path / "rules").mkdir()
    first, second = tmp_path / "a.py", tmp_path / "rules" / "b.py"
    first.write_text("x = 1\n")
    second.write_text("y = 1\n")
    before = source_digest(tmp_path)
    assert source_digest(tmp_path) == before
    match change:
        case "edit":
            second.write_text("y = 2\n")
        case "add":
            (tmp_path / "c.py").write_text("")
        case "rename":
            second.rename(tmp_path / "rules" / "c.py")
        case "delete":
            second.unlink()
    assert source_digest(tmp_path) != before


def test_a_file_that_nothing_compiled_can_come_from_leaves_the_digest_alone(tmp_path: Path) -> None:
    (tmp_path / "reporting").mkdir()
    (tmp_path / "a.py").write_text("x = 1\n")
    before = source_digest(tmp_path)
    (tmp_path / "reporting" / "page.py").write_text("y = 1\n")
    assert source_digest(tmp_path) == before


def test_no_kernel_stands_in_a_file_outside_the_digest_and_none_calls_into_one() -> None:
    package, compiled = PACKAGE_PARENT / "simcpec", re.compile(r"@(inner_)?(kernel|subroutine|entry)\b|\bnjit\b")
    digested = set(sources(package))
    apart = [path for path in package.rglob("*.py") if path not in digested]
    assert {path.relative_to(package).parts[0] for path in apart} >= {"cli", "reporting", "scenario"}
    assert [path for path in apart if compiled.search(path.read_text())] == []
    inside = [path for path in sorted(digested) if compiled.search(path.read_text())]
    modules = "|".join(name.removesuffix(".py").replace("/", r"\.") for name in NEVER_COMPILED)
    reach = re.compile(rf"from simcpec\.({modules})\b")
    assert len(inside) > 15
    assert [path for path in inside if reach.search(path.read_text())] == []


def test_moving_a_line_between_two_files_gives_another_digest(tmp_path: Path) -> None:
    for name, text in (("a.py", "x\ny\n"), ("b.py", "z\n")):
        (tmp_path / name).write_text(text)
    before = source_digest(tmp_path)
    for name, text in (("a.py", "x\n"), ("b.py", "y\nz\n")):
        (tmp_path / name).write_text(text)
    assert source_digest(tmp_path) != before


def test_settings_of_the_compiler_are_in_the_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = source_digest(tmp_path)
    monkeypatch.setenv("NUMBA_OPT", "0")
    assert source_digest(tmp_path) != before


def small_package(folder: Path, *, added: float, decorator: str) -> None:
    """A package whose kernel `outer` calls a kernel of another file."""
    package = bare_package(folder, *COMPILER)
    head = "from numba import njit\nfrom simcpec.numerics.jit import kernel\nplain = njit(cache=True)\n\n"
    (package / "inner.py").write_text(f"{head}@{decorator}\ndef inner(x):\n    return x + {added}\n")
    body = "\ndef outer(x):\n    return 2.0 * inner(x)\n"
    (package / "outer.py").write_text(f"from simcpec.inner import inner\n{head}@{decorator}{body}")


@pytest.mark.parametrize(("decorator", "seen_after_edit"), [("kernel", "6.0"), ("plain", "4.0")])
@needs_compiler
def test_an_edit_in_a_called_file_is_never_missed(tmp_path: Path, decorator: str, seen_after_edit: str) -> None:
    """The control is numba's own cache, which looks at one file only and gives the stale 4.0."""
    script = "from simcpec.outer import outer; print(outer(1.0))"
    settings = {"SIMCPEC_CACHE": str(tmp_path / "cache"), "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    small_package(tmp_path, added=1.0, decorator=decorator)
    assert play(script, path=tmp_path, **settings).stdout.strip() == "4.0"
    small_package(tmp_path, added=2.0, decorator=decorator)
    assert play(script, path=tmp_path, **settings).stdout.strip() == seen_after_edit


@pytest.mark.parametrize(("before_the_edit", "kept"), [("", []), ("inner(1.0)", ["inner"])])
@needs_compiler
def test_what_is_compiled_after_an_edit_is_not_kept(tmp_path: Path, before_the_edit: str, kept: list[str]) -> None:
    """It would file the old code under the digest of the new, or the new under the digest of the old."""
    small_package(tmp_path, added=1.0, decorator="kernel")
    edit = f"""
import pathlib
from simcpec.outer import inner, outer
{before_the_edit}
path = pathlib.Path("simcpec/inner.py")
path.write_text(path.read_text().replace("1.0", "2.0"))
print(outer(1.0))
"""
    settings = {"SIMCPEC_CACHE": str(tmp_path / "cache")}
    assert play(edit, path=tmp_path, **settings).stdout.strip() == "4.0"
    assert [path.name.split("-")[0] for path in files_of(tmp_path / "cache")] == kept
    script = "from simcpec.outer import outer; print(outer(1.0))"
    assert play(script, path=tmp_path, **settings).stdout.strip() == "6.0"


# ------------------------------------------------------------------------------------------------ the folder


def test_the_cache_root_follows_the_override_then_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("SIMCPEC_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == tmp_path / "mine"
    monkeypatch.delenv("SIMCPEC_CACHE")
    assert cache_root() == tmp_path / "xdg"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_root() == tmp_path / ".cache"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_root() == tmp_path / "Library" / "Caches"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache_root() == tmp_path / "local"


@needs_compiler
def test_a_second_start_loads_what_the_first_compiled(snapshot: Path, warm: Path) -> None:
    kept = files_of(warm)
    assert kept
    done = play(LOG_OF_TWO, path=snapshot, SIMCPEC_CACHE=str(warm))
    assert done.stdout.split() == [(0.6931471805599453).hex(), "1", "0"]
    assert (files_of(warm), done.stderr) == (kept, "")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this platform has no file owners")
@needs_compiler
def test_the_folder_is_the_users_alone(snapshot: Path, warm: Path) -> None:
    folder = files_of(warm)[0].parent
    assert [level.stat().st_mode & 0o777 for level in (folder, folder.parent)] == [0o700, 0o700]
    folder.chmod(0o777)
    play(LOG_OF_TWO, path=snapshot, SIMCPEC_CACHE=str(warm))
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def fresh_guard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The guard as in a new process, with a cache folder of its own."""
    monkeypatch.setattr(kernel_module, "_warned", False)
    monkeypatch.setenv("SIMCPEC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this platform has no file owners")
def test_a_folder_of_another_user_is_not_used(fresh_guard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    with pytest.warns(RuntimeWarning, match="belongs to another user"):
        assert cache_folder.__wrapped__() is None


def test_a_user_without_a_home_gets_no_cache(fresh_guard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("SIMCPEC_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.warns(RuntimeWarning, match="set SIMCPEC_CACHE to a folder that can be written"):
        assert cache_folder.__wrapped__() is None


def test_old_versions_are_forgotten_and_nothing_else_is_touched(fresh_guard: Path) -> None:
    parent = fresh_guard / "simcpec"
    bystander = parent / "notes"
    bystander.mkdir(parents=True)
    ages = {f"{number:032x}": 86_400.0 * (number + 2) for number in range(12)} | {"f" * 32: 60.0}
    for name, age in ages.items():
        (parent / name).mkdir()
        (parent / name / "code.bin").write_bytes(b"")
        os.utime(parent / name, (time.time() - age,) * 2)
    current = cache_folder.__wrapped__()
    kept = {each.name for each in parent.iterdir()}
    recent = {f"{number:032x}" for number in range(kernel_module.KEPT_FOLDERS - 2)}
    assert kept == {"notes", "f" * 32, current.name} | recent


# ------------------------------------------------------------------------------------------------ faults of the disk


def one_warning(done: subprocess.CompletedProcess[str], about: str) -> bool:
    text = done.stderr
    return text.count("SimcpecWarning") == 1 and about in text and "results are not affected" in text


@needs_compiler
def test_a_cache_that_cannot_be_written_costs_one_warning_and_no_result(snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("in the way")
    done = play(LOG_OF_TWO, path=snapshot, SIMCPEC_CACHE=str(tmp_path / "a_file"))
    assert done.stdout.split()[0] == (0.6931471805599453).hex()
    assert one_warning(done, "cannot be kept on disk")


@needs_compiler
def test_a_full_disk_costs_one_warning_and_leaves_no_debris(snapshot: Path, tmp_path: Path) -> None:
    full = """
import errno, os
def full(*names): raise OSError(errno.ENOSPC, "No space left on device")
os.replace = full
"""
    done = play(full + LOG_OF_TWO, path=snapshot, SIMCPEC_CACHE=str(tmp_path / "cache"))
    assert done.stdout.split()[0] == (0.6931471805599453).hex()
    assert one_warning(done, "No space left on device")
    assert [each for each in (tmp_path / "cache").rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("damage", ["one bit", "cut short", "empty", "sealed nonsense"])
@needs_compiler
def test_damaged_files_are_compiled_again_after_one_warning(snapshot: Path, warm: Path, damage: str) -> None:
    for path in files_of(warm):
        content = bytearray(path.read_bytes())
        match damage:
            case "one bit":
                content[len(content) // 2] ^= 1
            case "cut short":
                del content[len(content) // 2 :]
            case "empty":
                content.clear()
            case "sealed nonsense":  # a right digest over what is no compiled code
                content = bytearray(kernel_module.hashlib.sha256(b"nonsense").digest() + b"nonsense")
        path.write_bytes(content)
    done = play(LOG_OF_TWO, path=snapshot, SIMCPEC_CACHE=str(warm))
    assert done.stdout.split() == [(0.6931471805599453).hex(), "0", "1"]
    assert one_warning(done, "could not be read")
    again = play(LOG_OF_TWO, path=snapshot, SIMCPEC_CACHE=str(warm))
    assert again.stdout.split()[1:] == ["1", "0"]
    assert again.stderr == ""


@needs_compiler
def test_only_functions_of_the_package_are_kept() -> None:
    """For any other function the digest of the package says nothing about freshness."""

    def outsider(x: float) -> float:
        return x

    assert kernel(outsider)._cache.cache_path is None
