"""Where services are required, as in CI, a skipped test fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_skips_itself():
    pytest.skip("Redis is not installed")

@pytest.mark.skip(reason="not now")
def test_is_skipped():
    pass

@pytest.fixture
def service():
    pytest.skip("PostgreSQL is not installed")

def test_wants_a_service(service):
    pass

@pytest.mark.xfail(strict=True)
def test_is_expected_to_fail():
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("required", "closing_line"),
    [("1", "1 failed, 1 xfailed, 2 errors in"), ("", "3 skipped, 1 xfailed in")],
)
def test_a_skipped_test_fails_where_services_are_required(tmp_path: Path, required: str, closing_line: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir"]
    ended = subprocess.run(
        [*command, str(tmp_path), str(tmp_path)],
        env={**os.environ, "BALIE_REQUIRE_SERVICES": required},
        capture_output=True,
        text=True,
        check=False,
    )
    assert closing_line in ended.stdout
    assert ended.returncode == (1 if required else 0)
