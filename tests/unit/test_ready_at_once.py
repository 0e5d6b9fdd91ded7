"""What takes long the first time is done before anybody waits for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

START = """
import sys
from pathlib import Path
from pydantic import SecretStr
from bot.app import create_app
from bot.settings import Settings

folder = Path(sys.argv[1])
database = f"sqlite+aiosqlite:///{folder / 'balie.db'}"
settings = Settings(_env_file=None, database_url=database, secret_key=SecretStr("k" * 40), data_dir=folder)
create_app(settings)
print("holidays.countries" in sys.modules)
"""


def test_the_holidays_are_known_when_the_application_starts(tmp_path: Path) -> None:
    """In a process of its own: in this one they may be known already."""
    started = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)], capture_output=True, text=True, timeout=100, check=True
    )
    assert started.stdout.splitlines()[-1] == "True"
