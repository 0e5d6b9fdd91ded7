"""Trains the model and tells how far it is: `python -m balie_rasa.train --out DIR`."""

import argparse
import contextlib
import logging
import sys
import time
from pathlib import Path
from typing import TextIO

from balie_rasa import surroundings

STEPS = {
    "TopicAndAspect": "learning topics and aspects",
    "RulePolicy": "learning the rules of the conversation",
}
"""Components that take time, in the order in which Rasa trains them."""


class Progress(logging.Handler):
    """Turns Rasa's log of its training into lines for a person; `bot/training.py` reads them too."""

    def __init__(self, out: TextIO) -> None:
        super().__init__(logging.INFO)
        self._out = out
        self._began = time.monotonic()
        self._step = 0

    def say(self, text: str) -> None:
        self._step += 1
        seconds = time.monotonic() - self._began
        print(f"[{self._step}/{len(STEPS) + 2}] {text} ({seconds:.0f} s so far)", file=self._out, flush=True)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        for component, text in STEPS.items():
            if message == f"Starting to train component '{component}'.":
                self.say(text)


def train(config: Path, domain: Path, data: Path, out: Path, name: str) -> Path:
    """Train and return the model's file. Prints a line for each step."""
    progress = Progress(sys.stdout)
    progress.say("starting Rasa")
    surroundings.prepare()
    surroundings.quieten()
    import rasa.model_training

    hooks = logging.getLogger("rasa.engine.training.hooks")
    hooks.setLevel(logging.INFO)
    hooks.addHandler(progress)
    hooks.propagate = False
    progress.say("reading the sentences and what they mean")
    with contextlib.redirect_stdout(sys.stderr):  # what Rasa prints of its own is for developers
        result = rasa.model_training.train(
            domain=str(domain),
            config=str(config),
            training_files=[str(data)],
            output=str(out),
            fixed_model_name=name,
            force_training=True,
        )
    if result.code != 0 or not result.model:
        sys.exit("Rasa made no model; the lines above say why.")
    return Path(result.model)


def main() -> None:
    root = surroundings.PROJECT_DIR
    parser = argparse.ArgumentParser(prog="python -m balie_rasa.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--name", default="balie", help="name of the model's file (default: %(default)s)")
    parser.add_argument("--config", type=Path, default=root / "config.yml")
    parser.add_argument("--domain", type=Path, default=root / "bot" / "domain")
    parser.add_argument("--data", type=Path, default=root / "nlu_data")
    arguments = parser.parse_args()
    began = time.monotonic()
    model = train(arguments.config, arguments.domain, arguments.data, arguments.out, arguments.name)
    print(f"model: {model} ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
