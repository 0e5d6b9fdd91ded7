"""Runs the tests in inside/ with Rasa's own Python: they import rasa."""

import subprocess

from tests.rasa.conftest import PROJECT, RASA_PYTHON


def test_what_lives_inside_rasa() -> None:
    command = [str(RASA_PYTHON), "-m", "unittest", "discover", "-s", "tests/rasa/inside", "-t", "tests/rasa/inside"]
    environment = {"PYTHONPATH": "bot/rasa_server/src", "PYTHONWARNINGS": "ignore"}
    ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Ran 0 tests" not in ended.stderr
