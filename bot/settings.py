"""Balie's settings: environment variables that start with BALIE_, or a .env file in the project's folder.

docs/settings.md lists them all; a test compares the two.
"""

import ipaddress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from handoff.vocabulary import FileKind

PROJECT_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY_MIN_LENGTH = 32
"""Characters; what `openssl rand -hex 32` prints has 64. Shorter ones a patient machine can guess."""

_SQLITE_PREFIX = "sqlite+aiosqlite:///"

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
TelegramMode = Literal["polling", "webhook", "worker"]


class SettingsError(Exception):
    """A setting is missing or unsafe; the message says which, and what to do."""


class Settings(BaseSettings):
    """Everything that may differ between two installations. Relative paths start at the project's folder."""

    model_config = SettingsConfigDict(
        env_prefix="BALIE_",
        env_file=PROJECT_DIR / ".env",
        env_file_encoding="utf-8",
        frozen=True,
        validate_default=True,
    )

    # Who may reach it
    host: str = Field(default="127.0.0.1", description="Address that balie listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port that balie listens on.")
    public_url: str = Field(
        default="",
        description="Address that citizens and employees use; with https, cookies go over TLS only. "
        "Empty: http://127.0.0.1 with the port.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Reverse proxies whose X-Forwarded headers are believed: addresses or networks, "
        "with commas between them.",
    )
    contact_email: str | None = Field(
        default=None,
        description="Address of who keeps this installation, named in the description of the API.",
    )
    demo: bool = Field(
        default=False,
        description="Try-out with demo accounts on loopback; set by `balie run --demo`, never by hand.",
    )

    # Secrets
    secret_key: SecretStr | None = Field(
        default=None,
        description="Encrypts personal data and signs sessions; at least 32 characters. "
        "Keep it apart from the backup of the database.",
    )
    actions_token: SecretStr | None = Field(
        default=None,
        description="Secret between Rasa and the action server; empty: `balie run` makes one at each start.",
    )
    rasa_token: SecretStr | None = Field(
        default=None,
        description="Secret between balie and Rasa; empty: `balie run` makes one at each start.",
    )

    # Where things are kept
    database_url: str = Field(
        default="sqlite+aiosqlite:///var/balie.db",
        description="Database: SQLite, or PostgreSQL as postgresql+asyncpg://user:password@host/name.",
    )
    redis_url: str | None = Field(
        default=None,
        description="Redis (redis://host:6379/0) for events between several balie processes; "
        "empty: there is one process.",
    )
    data_dir: Path = Field(default=Path("var"), description="Folder for what balie writes.")
    model_dir: Path = Field(default=Path("var/models"), description="Folder for trained models.")
    content_dir: Path = Field(
        default=Path("bot/content"), description="Folder with the answers and the municipalities."
    )
    proposals_dir: Path = Field(
        default=Path("var/voorstellen"),
        description="Folder where sentences are written that editors want the assistant to learn, one folder a "
        "municipality.",
    )

    # The other processes
    rasa_url: str = Field(
        default="http://127.0.0.1:5105",
        description="Address of Rasa. When it is not on this machine, `balie run` starts no Rasa.",
    )
    rasa_timeout_seconds: float = Field(
        default=5.0, gt=0, description="Seconds that Rasa may take for a turn before a person is offered."
    )
    actions_port: int = Field(default=5155, ge=0, le=65535, description="Port of the action server, on loopback.")

    # Conversations
    session_hours: int = Field(
        default=9, ge=1, le=24, description="Hours that an employee stays logged in: a working day."
    )

    silent_ask_minutes: int = Field(
        default=15,
        ge=5,
        description="Minutes without a word from a citizen who owes an employee an answer, before she is asked whether "
        "she is there.",
    )
    silent_close_minutes: int = Field(
        default=10,
        ge=5,
        description="Minutes after that question before the conversation closes; never a crisis or urgent one.",
    )

    # Files
    attachment_types: Annotated[tuple[FileKind, ...], NoDecode] = Field(
        default=(FileKind.JPG, FileKind.PNG, FileKind.WEBP, FileKind.PDF, FileKind.OGG),
        description="Kinds of files that citizens and employees may send each other, with commas between them: "
        "jpg, png, webp, pdf, docx, odt, ogg (spoken). `none`: no files. Without a virus scanner only photos come in.",
    )
    attachment_max_mb: int = Field(
        default=10, ge=1, le=50, description="How large one file may be, in megabytes (a million bytes)."
    )
    clamd_url: str | None = Field(
        default=None,
        description="Virus scanner: ClamAV's clamd, tcp://host:3310 or unix:///run/clamav/clamd.ctl. Set its "
        "StreamMaxLength above the largest file.",
    )

    # Telegram
    telegram_tokens: dict[str, SecretStr] = Field(
        default_factory=dict,
        description='Bot token of each municipality as JSON, {"voorbeeldstad": "123:abc"}; empty: no Telegram.',
    )
    telegram_mode: TelegramMode = Field(
        default="polling",
        description="How messages come in: balie asks for them (`polling`, for one process), Telegram brings them to "
        "the public address (`webhook`, https), or a process of its own asks for them (`worker`: `balie telegram`).",
    )
    telegram_port: int = Field(
        default=5175, ge=0, le=65535, description="Port on which that process tells how it is: /readyz and /metrics."
    )
    telegram_api_base: str = Field(
        default="https://api.telegram.org",
        description="Address of the Telegram Bot API, for a local Bot API server.",
    )

    # Whoever is on call
    on_call_webhooks: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Where each municipality is told of a crisis that nobody picked up, as JSON, "
        '{"voorbeeldstad": "https://..."}; gets a POST with JSON.',
    )
    on_call_emails: dict[str, str] = Field(
        default_factory=dict,
        description='Address that gets the same by e-mail, {"voorbeeldstad": "piket@voorbeeldstad.example"}.',
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server: smtp://user:password@host:587 (STARTTLS where it has that) or smtps://host:465.",
    )
    smtp_from: str | None = Field(default=None, description="Sender of e-mail; empty: whoever it goes to.")

    # Reports on public space
    signalen_urls: dict[str, str] = Field(
        default_factory=dict,
        description="Signalen of each municipality that handles reports on public space there, as JSON, "
        '{"voorbeeldstad": "https://..."}; others have them in the queue of team leefomgeving.',
    )
    locatieserver_url: str = Field(
        default="https://api.pdok.nl/bzk/locatieserver/search/v3_1",
        description="PDOK Locatieserver, asked for the point of a report that goes to Signalen; empty: "
        "each report is at the municipality's own point.",
    )

    # Logs
    log_level: LogLevel = Field(default="INFO", description="Least serious level that is logged.")
    log_json: bool | None = Field(
        default=None,
        description="Logs as JSON lines (true) or for reading (false); empty: JSON unless on a terminal.",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("attachment_types", mode="before")
    @classmethod
    def _kinds(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip() not in {"", "none"})
        return value

    @field_validator("clamd_url")
    @classmethod
    def _scanner_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value and not (parts.scheme == "tcp" and parts.hostname) and not (parts.scheme == "unix" and parts.path):
            raise ValueError(f"{value!r} is not the address of a scanner, such as tcp://clamd:3310")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _only_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("public_url", mode="before")
    @classmethod
    def _own_address(cls, value: object, info: ValidationInfo) -> object:
        return value or f"http://127.0.0.1:{info.data.get('port')}"

    @field_validator("locatieserver_url")
    @classmethod
    def _web_address_or_none(cls, value: str) -> str:
        return cls._web_address(value) if value else ""

    @field_validator("signalen_urls")
    @classmethod
    def _web_addresses(cls, value: dict[str, str]) -> dict[str, str]:
        return {key: cls._web_address(url) for key, url in value.items()}

    @field_validator("public_url", "rasa_url", "telegram_api_base")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{value!r} is not a web address such as https://chat.voorbeeldstad.example")
        return value.rstrip("/")

    @field_validator(
        "contact_email",
        "redis_url",
        "secret_key",
        "actions_token",
        "rasa_token",
        "clamd_url",
        "log_json",
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("data_dir", "model_dir", "content_dir", "proposals_dir")
    @classmethod
    def _from_project(cls, value: Path) -> Path:
        return PROJECT_DIR / value

    @field_validator("database_url")
    @classmethod
    def _sqlite_from_project(cls, value: str) -> str:
        name = value.removeprefix(_SQLITE_PREFIX)
        if name == value or name.startswith(("/", ":memory:", "file:")):
            return value
        return f"{_SQLITE_PREFIX}{PROJECT_DIR / name}"

    @model_validator(mode="after")
    def _demo_stays_home(self) -> Self:
        if self.demo and not is_loopback(self.host):
            raise ValueError(f"demo mode listens on loopback only, not on {self.host}")
        return self

    @model_validator(mode="after")
    def _worker_shares(self) -> Self:
        if self.telegram_mode == "worker" and (self.is_sqlite or not self.redis_url):
            raise ValueError(
                "BALIE_TELEGRAM_MODE=worker makes a second process, which needs PostgreSQL (BALIE_DATABASE_URL) "
                "and Redis (BALIE_REDIS_URL); on one machine choose polling"
            )
        return self

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @cached_property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}"

    def require_secret_key(self) -> str:
        """The secret key.

        Raises:
            SettingsError: there is none, or it is shorter than 32 characters.
        """
        key = self.secret_key.get_secret_value() if self.secret_key else ""
        if not key:
            raise SettingsError(
                "BALIE_SECRET_KEY is missing. Make one with `openssl rand -hex 32` and keep it safe: "
                "see docs/production.md."
            )
        if len(key) < SECRET_KEY_MIN_LENGTH:
            raise SettingsError(
                f"BALIE_SECRET_KEY has {len(key)} characters and needs at least {SECRET_KEY_MIN_LENGTH}. "
                "Make one with `openssl rand -hex 32`."
            )
        return key


def is_loopback(host: str) -> bool:
    """Whether `host` can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
