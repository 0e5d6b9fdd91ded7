"""What holds for every test."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")  # a busy machine is no mistake

HERE = Path(__file__).parent
WITH_RASA = ("rasa/", "acceptance/whole/", "acceptance/test_start.py")
"""Tests that run the real one, for which there is memory and a processor once."""
SERVICES_REQUIRED = os.environ.get("BALIE_REQUIRE_SERVICES") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where all services must be there (CI), a skipped test proves nothing and fails."""
    report: Any = yield
    if SERVICES_REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr[2]}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share what there is only one of run one after another, in one process."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.relative_to(HERE).as_posix().startswith(WITH_RASA):
            item.add_marker(pytest.mark.xdist_group("rasa"))
        elif "redis_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("redis"))


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the shell that runs the tests stay out of them."""
    for name in os.environ:
        if name.startswith("BALIE_") and not name.startswith(("BALIE_TEST_", "BALIE_REQUIRE_", "BALIE_PYTHON")):
            monkeypatch.delenv(name)
