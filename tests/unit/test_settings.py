"""Settings: what they take, what they refuse, and that the documentation lists them all."""

import json
import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import PROJECT_DIR, Settings, SettingsError

GOOD_KEY = "k" * 32


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def test_environment_variables_with_the_prefix_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALIE_PORT", "9000")
    monkeypatch.setenv("BALIE_TELEGRAM_TOKENS", '{"voorbeeldstad": "1:a"}')
    monkeypatch.setenv("BALIE_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")
    read = settings()
    assert read.port == 9000
    assert read.telegram_tokens["voorbeeldstad"].get_secret_value() == "1:a"
    assert read.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")


def test_relative_paths_start_at_the_project_wherever_the_command_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    read = settings(data_dir="elders", database_url="sqlite+aiosqlite:///elders/a.db")
    assert read.data_dir == PROJECT_DIR / "elders"
    assert read.database_url == f"sqlite+aiosqlite:///{PROJECT_DIR}/elders/a.db"


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////srv/balie.db", "sqlite+aiosqlite:///:memory:", "postgresql+asyncpg://a@b/c"]
)
def test_other_database_addresses_stay_as_they_are(url: str) -> None:
    assert settings(database_url=url).database_url == url


def test_the_public_address_follows_the_port_until_it_is_given() -> None:
    assert settings(port=8123).public_url == "http://127.0.0.1:8123"
    assert settings(public_url="https://chat.example/").public_url == "https://chat.example"


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_url": "chat.voorbeeldstad.example"},
        {"trusted_proxies": "everyone"},
        {"port": 70000},
        {"demo": True, "host": "0.0.0.0"},
        {"attachment_types": "jpg,exe"},
        {"clamd_url": "clamd:3310"},
    ],
)
def test_what_cannot_be_right_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


@pytest.mark.parametrize(("given", "kinds"), [("PDF, jpg", ("pdf", "jpg")), ("none", ()), ("", ())])
def test_kinds_of_files_are_given_with_commas(given: str, kinds: tuple[str, ...]) -> None:
    assert settings(attachment_types=given).attachment_types == kinds


@pytest.mark.parametrize("address", ["tcp://clamd:3310", "unix:///run/clamav/clamd.ctl"])
def test_a_virus_scanner_has_an_address(address: str) -> None:
    assert settings(clamd_url=address).clamd_url == address


@pytest.mark.parametrize(("key", "said"), [(None, "is missing"), ("", "is missing"), ("short", "has 5 characters")])
def test_a_missing_or_short_secret_key_is_refused_with_the_remedy(key: str | None, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        settings(secret_key=key).require_secret_key()
    assert "openssl rand -hex 32" in str(caught.value)


def test_secrets_are_not_shown_when_settings_are_printed() -> None:
    given = settings(secret_key=GOOD_KEY, rasa_token="r" * 20, telegram_tokens={"fictiedam": "1:geheim"})
    assert given.require_secret_key() == GOOD_KEY
    for secret in (GOOD_KEY, "r" * 20, "1:geheim"):
        assert secret not in repr(given)


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    lines = (PROJECT_DIR / "docs" / "settings.md").read_text().splitlines()
    rows = (re.match(r"\| `(BALIE_\w+)` \| (.*?) \| (.*) \|", line) for line in lines)
    documented = {row[1]: (row[2], row[3]) for row in rows if row}
    expected = {
        f"BALIE_{name.upper()}": (_shown(field.get_default(call_default_factory=True)), field.description)
        for name, field in Settings.model_fields.items()
    }
    assert documented == expected


def _shown(default: object) -> str:
    """A default as docs/settings.md writes it: as one would set it."""
    match default:
        case None | "" | () | {}:
            return "*(empty)*"
        case tuple():
            return f"`{','.join(default)}`"
        case bool():
            return f"`{json.dumps(default)}`"
        case SecretStr():
            raise AssertionError("a secret has no default")
        case _:
            return f"`{default}`"


def test_a_signalen_without_a_web_address_is_refused() -> None:
    assert settings(signalen_urls={"voorbeeldstad": "https://s.example/"}).signalen_urls == {
        "voorbeeldstad": "https://s.example"
    }
    with pytest.raises(ValidationError, match="is not a web address"):
        settings(signalen_urls={"voorbeeldstad": "s.example"})


def test_the_locatieserver_can_be_left_out() -> None:
    assert settings(locatieserver_url="").locatieserver_url == ""
