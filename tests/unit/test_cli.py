"""The command line: help that explains, and one sentence for what may go wrong."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from bot.detector_model import DetectorModels
from bot.settings import Settings

GOOD_KEY = "k" * 40


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Data and models in a folder of this test; no .env of the project."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("BALIE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/balie.db")
    monkeypatch.setenv("BALIE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("BALIE_MODEL_DIR", str(tmp_path / "models"))


def balie(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, arguments, input=typed, env={"COLUMNS": "160", "TERM": "dumb"})


def refused(*arguments: str) -> str:
    """The one line that a refused command prints."""
    result = balie(*arguments)
    assert result.exit_code == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.output
    return lines[0]


@pytest.mark.parametrize(
    ("command", "explains"),
    [
        (["run"], "--demo"),
        (["train"], "not trained again"),
        (["shell"], "make run"),
        (["db"], "upgrade"),
        (["db", "upgrade"], "Safe to repeat"),
        (["employee"], "add"),
        (["employee", "add"], "--generate-password"),
        (["eval"], "nlu"),
        (["content"], "show"),
        (["review"], "write"),
        (["municipality"], "closed"),
        (["municipality", "hours"], "--as-phone"),
        (["report"], "--format"),
        (["audit"], "--conversation"),
        (["employee", "change"], "--inactive"),
        (["content", "check"], "--quiet"),
        ([], "employee"),
    ],
)
def test_every_command_explains_itself(command: list[str], explains: str) -> None:
    result = balie(*command, "--help")
    assert result.exit_code == 0
    assert explains in result.output


def test_a_real_start_wants_a_secret_key() -> None:
    assert "BALIE_SECRET_KEY is missing" in refused("run")


def test_a_real_start_wants_an_upgraded_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALIE_SECRET_KEY", GOOD_KEY)
    assert "balie db upgrade" in refused("run")


def test_a_real_start_wants_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALIE_SECRET_KEY", GOOD_KEY)
    assert balie("db", "upgrade").exit_code == 0
    assert "run `balie train`" in refused("run")


def test_a_real_start_refuses_demo_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo makes its accounts, then somebody stops it as it begins to train."""
    monkeypatch.setenv("BALIE_SECRET_KEY", GOOD_KEY)
    for name in ("BALIE_PORT", "BALIE_ACTIONS_PORT"):
        monkeypatch.setenv(name, str(free_port()))
    monkeypatch.setenv("BALIE_RASA_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(DetectorModels, "train", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert balie("run", "--demo").exit_code == 130
    said = refused("run")
    assert "demo accounts (samira@voorbeeldstad.example, " in said
    assert "BALIE_DATABASE_URL" in said


def test_an_unreadable_database_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "balie.db").write_bytes(b"this is no database, however long it goes on" * 100)
    monkeypatch.setenv("BALIE_SECRET_KEY", GOOD_KEY)
    assert "cannot be used (file is not a database)" in refused("run")


def test_a_port_in_use_is_said_before_anything_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("BALIE_ACTIONS_PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("BALIE_RASA_URL", f"http://127.0.0.1:{free_port()}")
        assert "the port is in use" in refused("run", "--demo")
    assert not (tmp_path / "balie.db").exists()


def test_rasa_elsewhere_wants_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALIE_SECRET_KEY", GOOD_KEY)
    monkeypatch.setenv("BALIE_RASA_URL", "http://rasa.internal:5005")
    assert balie("db", "upgrade").exit_code == 0
    assert "BALIE_RASA_TOKEN" in refused("run")


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALIE_PORT", "eighty")
    assert refused("train").startswith("balie: BALIE_PORT: ")


def test_an_employee_is_added_with_a_password_that_is_shown_once() -> None:
    balie("db", "upgrade")
    given = ("employee", "add", "a@voorbeeldstad.example", "--name", "Anna", "--gemeente", "voorbeeldstad")
    result = balie(*given, "--generate-password")
    assert result.exit_code == 0
    assert "password, shown once: " in result.output
    assert "has an account already" in refused(*given, "--generate-password")


def test_a_password_that_is_too_short_is_refused() -> None:
    balie("db", "upgrade")
    given = ("employee", "add", "a@voorbeeldstad.example", "--name", "Anna", "--gemeente", "voorbeeldstad")
    result = balie(*given, typed="kort\n")
    assert result.exit_code == 1
    assert "too short" in result.stderr


def test_an_employee_of_an_unknown_municipality_is_refused() -> None:
    given = ("employee", "add", "a@b.example", "--name", "A", "--gemeente", "nergenshuizen")
    assert "nergenshuizen" in refused(*given, "--generate-password")


def test_the_shell_says_how_to_start_balie() -> None:
    assert "Start it with `make run`" in refused("shell", "--url", f"http://127.0.0.1:{free_port()}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_the_figures_of_a_period_are_printed_as_rows_and_as_data() -> None:
    assert "balie db upgrade" in refused("report")
    assert balie("db", "upgrade").exit_code == 0
    printed = balie("report", "--from", "2026-11-01", "--to", "2026-11-30")
    assert printed.stdout.splitlines()[1] == "voorbeeldstad;2026-11-01;2026-11-30;alles;;zonder_antwoord;;deel;"
    data = json.loads(balie("report", "--format", "json", "--from", "2026-11-01").stdout)
    assert data["cijfers"]["zonder_antwoord"] == {"waarde": None, "eenheid": "deel", "van_aantal": None}
    assert "nergens" in refused("report", "--gemeente", "nergens")


def test_without_proposals_none_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALIE_PROPOSALS_DIR", str(tmp_path / "voorstellen"))
    assert balie("db", "upgrade").exit_code == 0
    assert "0 sentences to be taken over" in balie("review", "write").stdout
    assert "nergens" in refused("review", "write", "--gemeente", "nergens")


def test_the_operator_keeps_accounts() -> None:
    assert balie("db", "upgrade").exit_code == 0
    added = balie(
        "employee",
        "add",
        "kim@x.example",
        "--name",
        "Kim",
        "--gemeente",
        "voorbeeldstad",
        "--role",
        "administrator",
        "--generate-password",
    )
    assert added.exit_code == 0, added.output
    assert "kim@x.example: Kim, administrator, no team" in balie("employee", "list").stdout
    changed = balie("employee", "change", "kim@x.example", "--role", "employee", "--team", "wonen", "--inactive")
    assert changed.exit_code == 0, changed.output
    assert "kim@x.example (not active): Kim, employee, wonen" in balie("employee", "list").stdout
    assert "missing team" in refused("employee", "change", "kim@x.example", "--no-team")
    assert "password, shown once: " in balie("employee", "password", "kim@x.example").stdout
    assert "has no account" in refused("employee", "password", "wie@x.example")
    lines = balie("audit", "--actor", "operator").stdout.splitlines()
    done = [line.split()[3] for line in lines]
    assert done[0] == "password_reset"
    assert {*done} >= {"employee_added", "employee_changed", "employee_deactivated"}
    assert "knows no such conversation" in balie("audit", "--conversation", "x").stdout
