"""From settings to running processes: what `balie run` checks, which programs it starts, and with what."""

import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.settings import PROJECT_DIR, Settings, SettingsError, is_loopback
from bot.supervisor import Program
from handoff import employees, schema
from handoff.bus import InProcessBus
from handoff.database import Database

RASA_PYTHON = PROJECT_DIR / "bot" / "rasa_server" / ".venv" / "bin" / "python"
ACTIONS_SHARE = 0.8
"""Part of Rasa's time that its actions may take, so that Rasa can still tell balie that they failed."""


class DemoAccountsFound(Exception):
    """A real start found accounts of a try-out; the message says how to go on."""


@dataclass(frozen=True)
class Secrets:
    """What the programs need to trust each other; made at the start when the settings have none."""

    secret_key: str
    rasa_token: str
    actions_token: str


def secrets_for(settings: Settings, secret_key: str) -> Secrets:
    """The configured tokens, or new ones for as long as the programs run."""
    configured = (settings.rasa_token, settings.actions_token)
    rasa, actions = (token.get_secret_value() if token else secrets.token_urlsafe(32) for token in configured)
    return Secrets(secret_key, rasa, actions)


async def check_database(settings: Settings) -> None:
    """Make sure a real start can use the database.

    Raises:
        DatabaseUnavailable: it cannot be read, or its schema is of another version.
        DemoAccountsFound: somebody tried Balie out in it.
    """
    database = Database(settings.database_url, InProcessBus())
    try:
        await schema.check(database)
        async with database.read() as session:
            found = [account.email for account in await employees.demo_accounts(session)]
    finally:
        await database.close()
    if found:
        raise DemoAccountsFound(
            f"The database holds demo accounts ({', '.join(found)}), whose passwords stood on a screen. "
            "Use another database for real work: set BALIE_DATABASE_URL and run `balie db upgrade`."
        )


def programs(settings: Settings, keys: Secrets, model: Path | None, log_dir: Path | None) -> Sequence[Program]:
    """What to run, in the order of who needs whom.

    Args:
        model: For Rasa; None when `rasa_url` is another machine's and Rasa is not ours to start.
        log_dir: Folder for one log file a program; None sends all to our own output.
    """
    started = [] if model is None else [_rasa(settings, keys, model, log_dir), _actions(settings, keys, log_dir)]
    beside = [_telegram(settings, keys, log_dir)] if settings.telegram_mode == "worker" else []
    return [*started, _balie(settings, keys, log_dir), *beside]


def understanding(settings: Settings, keys: Secrets, model: Path, log_dir: Path) -> Sequence[Program]:
    """What answers a question, without balie: Rasa and its actions."""
    return [_rasa(settings, keys, model, log_dir), _actions(settings, keys, log_dir)]


def starts_rasa(settings: Settings) -> bool:
    """Whether Rasa runs on this machine.

    Raises:
        SettingsError: it does not, and there is no token to talk with it.
    """
    if is_loopback(urlsplit(settings.rasa_url).hostname or ""):
        return True
    if settings.rasa_token is None:
        raise SettingsError(f"Rasa is at {settings.rasa_url}, so BALIE_RASA_TOKEN must be the token given to it.")
    return False


def _rasa(settings: Settings, keys: Secrets, model: Path, log_dir: Path | None) -> Program:
    address = urlsplit(settings.rasa_url)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    command = (
        *(str(RASA_PYTHON), "-m", "balie_rasa.serve", "--model", str(model), "--host", host, "--port", str(port)),
        *("--actions", f"{settings.actions_url}/webhook"),
        *("--actions-timeout", str(settings.rasa_timeout_seconds * ACTIONS_SHARE)),
    )
    environment = {
        "BALIE_RASA_TOKEN": keys.rasa_token,
        "BALIE_ACTIONS_TOKEN": keys.actions_token,
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONWARNINGS": "ignore",
    }
    return Program(
        name="rasa",
        command=command,
        health_path="/webhooks/balie/health",
        host=host,
        port=port,
        port_setting="BALIE_RASA_URL",
        environment=environment,
        log_file=_log_file(log_dir, "rasa"),
    )


def _actions(settings: Settings, keys: Secrets, log_dir: Path | None) -> Program:
    port = settings.actions_port
    command = (*_python("actions.serve"), "--port", str(port), "--content", str(settings.content_dir))
    host = _own_host(settings.host)
    command = (*command, "--balie", f"http://{f'[{host}]' if ':' in host else host}:{settings.port}")
    return Program(
        name="actions",
        command=command,
        health_path="/health",
        host="127.0.0.1",
        port=port,
        port_setting="BALIE_ACTIONS_PORT",
        environment={"BALIE_ACTIONS_TOKEN": keys.actions_token},
        log_file=_log_file(log_dir, "actions"),
    )


def _balie(settings: Settings, keys: Secrets, log_dir: Path | None) -> Program:
    return _own(settings, keys, log_dir, name="balie", command="serve", port=settings.port, port_setting="BALIE_PORT")


def _telegram(settings: Settings, keys: Secrets, log_dir: Path | None) -> Program:
    port, setting = settings.telegram_port, "BALIE_TELEGRAM_PORT"
    return _own(settings, keys, log_dir, name="telegram", command="telegram", port=port, port_setting=setting)


def _own(
    settings: Settings, keys: Secrets, log_dir: Path | None, *, name: str, command: str, port: int, port_setting: str
) -> Program:
    """A program of balie's own code, with its settings."""
    return Program(
        name=name,
        command=(*_python("bot.cli"), command),
        health_path="/readyz",
        host=settings.host,
        health_host=_own_host(settings.host),
        port=port,
        port_setting=port_setting,
        environment=_of_balie(settings, keys),
        keeps_settings=True,
        log_file=_log_file(log_dir, name),
    )


def _of_balie(settings: Settings, keys: Secrets) -> dict[str, str]:
    return {
        "BALIE_RASA_TOKEN": keys.rasa_token,
        "BALIE_ACTIONS_TOKEN": keys.actions_token,
        "BALIE_SECRET_KEY": keys.secret_key,
        "BALIE_DEMO": str(settings.demo).lower(),
        "BALIE_HOST": settings.host,
    }


def _own_host(host: str) -> str:
    """Where this machine reaches what listens on `host`."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to ask instead, not to listen on
    return everywhere.get(host, host)


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


def _log_file(log_dir: Path | None, name: str) -> Path | None:
    return None if log_dir is None else log_dir / f"{name}.log"
