"""Finding a Python 3.10: by what a candidate answers, not by its name."""

import subprocess
from pathlib import Path

import pytest

from setup.python310 import Python310NotFoundError, ask, candidates, find_python310

GOOD = """#!/bin/sh
echo '["{self}", [3, 10]]'
"""
OTHER_VERSION = """#!/bin/sh
echo '["{self}", [3, 12]]'
"""
BROKEN_SHIM = """#!/bin/sh
echo "pyenv: python3.10: command not found" >&2
exit 127
"""


def python(path: Path, script: str = GOOD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script.format(self=path))
    path.chmod(0o755)
    return path


def find(tmp_path: Path, uv: Path | None = None, **environment: str) -> Path:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return find_python310(environment={"PATH": "", **environment}, home=home, uv=uv, fetch_dir=tmp_path / "fetched")


def test_the_named_one_comes_first(tmp_path: Path) -> None:
    python(tmp_path / "bin" / "python3.10")
    named = python(tmp_path / "own" / "python")
    assert find(tmp_path, BALIE_PYTHON310=str(named), PATH=str(tmp_path / "bin")) == named


def test_a_named_one_that_is_no_310_is_not_passed_over(tmp_path: Path) -> None:
    python(tmp_path / "bin" / "python3.10")
    named = python(tmp_path / "own" / "python", OTHER_VERSION)
    with pytest.raises(Python310NotFoundError, match="BALIE_PYTHON310"):
        find(tmp_path, BALIE_PYTHON310=str(named), PATH=str(tmp_path / "bin"))


def test_one_on_the_path_is_found(tmp_path: Path) -> None:
    there = python(tmp_path / "bin" / "python3.10")
    assert find(tmp_path, PATH=f"{tmp_path}/empty:{tmp_path}/bin") == there


def test_a_broken_shim_leads_to_the_version_beside_it(tmp_path: Path) -> None:
    python(tmp_path / "pyenv" / "shims" / "python3.10", BROKEN_SHIM)
    there = python(tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python")
    assert find(tmp_path, PATH=str(tmp_path / "pyenv" / "shims")) == there


def test_pyenvs_own_folder_and_the_home_folder_are_looked_in(tmp_path: Path) -> None:
    at_home = python(tmp_path / "home" / ".pyenv" / "versions" / "3.10.4" / "bin" / "python")
    assert find(tmp_path) == at_home
    elsewhere = python(tmp_path / "opt" / "versions" / "3.10.9" / "bin" / "python")
    assert find(tmp_path, PYENV_ROOT=str(tmp_path / "opt")) == elsewhere


def test_a_pyenv_version_of_another_name_is_no_candidate(tmp_path: Path) -> None:
    python(tmp_path / "home" / ".pyenv" / "versions" / "3.12.1" / "bin" / "python")
    assert list(candidates({"PATH": ""}, tmp_path / "home")) == []


def test_uv_is_asked_for_what_it_has_before_it_fetches(tmp_path: Path) -> None:
    kept = python(tmp_path / "kept" / "python")
    uv = python(tmp_path / "uv", f'#!/bin/sh\n[ "$2" = find ] && echo {kept} || exit 9\n')
    assert find(tmp_path, uv=uv) == kept


def test_uv_fetches_as_the_last_resort(tmp_path: Path) -> None:
    fetched = tmp_path / "fetched" / "python"
    fetched.parent.mkdir()
    good = python(tmp_path / "good", GOOD.replace("{self}", str(fetched)))
    found = f"[ -e {fetched} ] && echo {fetched}"
    uv = python(tmp_path / "uv", f'#!/bin/sh\nif [ "$2" = find ]; then {found}; else /bin/cp {good} {fetched}; fi\n')
    assert find(tmp_path, uv=uv) == fetched


def test_without_any_one_sentence_names_every_way(tmp_path: Path) -> None:
    uv = python(tmp_path / "uv", "#!/bin/sh\nexit 1\n")
    with pytest.raises(Python310NotFoundError) as caught:
        find(tmp_path, uv=uv)
    for way in ("BALIE_PYTHON310", "PATH", "pyenv", "uv"):
        assert way in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_python_at_all_is_no_candidate(tmp_path: Path) -> None:
    assert ask(str(tmp_path / "nothing")) is None
    assert ask("/bin/true") is None


def test_a_real_interpreter_answers() -> None:
    rasa = Path("bot/rasa_server/.venv/bin/python").absolute()
    command = [rasa, "-c", "import sys; print(sys.executable)"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ask(str(rasa)) == Path(answer.stdout.strip())
