"""Lock files: a hash for everything, an address of nothing."""

import pytest

from setup.environments import locked_lines
from setup.locks import PROJECT, faults, npm_lock_faults, python_lock_faults

ENTRY = "rich==15.0.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via typer\n"


def test_the_projects_lock_files_are_in_order() -> None:
    assert faults(PROJECT) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "--find-links /opt/wheels",
        "rich @ https://packages.example/rich.whl",
        "rich>=15",
        "rich==15.0.0",
    ],
)
def test_a_line_that_names_a_host_or_has_no_hash_is_found(line: str) -> None:
    assert len(python_lock_faults("a.lock", ENTRY + line)) >= 1
    assert python_lock_faults("a.lock", ENTRY) == []


def test_a_download_address_in_the_npm_lock_is_found() -> None:
    lock = '{\n  "version": "1.0.0",\n  "resolved": "https://packages.example/a.tgz"\n}'
    assert npm_lock_faults("package-lock.json", lock) == ["package-lock.json:3: carries a download address"]


def test_entries_are_taken_from_a_lock_with_their_hashes() -> None:
    lock = (PROJECT / "bot/rasa_server/requirements.lock").read_text()
    taken = locked_lines(PROJECT / "bot/rasa_server/requirements.lock", ("setuptools", "wheel"))
    assert [line.split("==")[0] for line in taken.splitlines() if "==" in line] == ["setuptools", "wheel"]
    assert taken.count("--hash") >= 4
    assert all(line in lock for line in taken.splitlines())
