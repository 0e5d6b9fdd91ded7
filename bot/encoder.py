"""Vectors of what messages mean, by the encoder of the language model: it lives in Rasa's environment."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.training import RASA_FOLDER

_LAST_WORDS = 400
"""Characters of what a failed encoder printed that are shown."""


class EncodingFailed(Exception):
    """The encoder gave no vectors; the message says what it printed."""


def encode(project: Path, texts: Sequence[str], keep: str | None = None) -> NDArray[np.float32]:
    """A row for each text.

    Args:
        project: The project's folder, with Rasa's environment in it.
        texts: What to encode.
        keep: A name under which vectors are kept for a next time.

    Raises:
        EncodingFailed: there is no encoder, or it failed.
    """
    python = project / RASA_FOLDER / ".venv" / "bin" / "python"
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder, "texts.json"), Path(folder, "vectors.npy")
        asked.write_text(json.dumps(list(texts)), encoding="utf-8")
        command = [str(python), "-m", "balie_rasa.encode", str(asked), str(found)]
        # Its threads wait by spinning, which takes a core from whoever else works.
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
        try:
            ran = subprocess.run(
                [*command, "--keep", keep] if keep else command,
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except OSError as error:
            raise EncodingFailed(f"The encoder cannot be started ({error}): run `make setup`.") from None
        if ran.returncode != 0 or not found.is_file():
            raise EncodingFailed(f"The encoder failed: {ran.stdout.decode(errors='replace').strip()[-_LAST_WORDS:]}")
        return np.asarray(np.load(found, allow_pickle=False), dtype=np.float32)
