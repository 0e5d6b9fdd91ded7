"""Trains the language model once for each state of its sources: the file's name carries a hash of all of them."""

import fcntl
import hashlib
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MODELS_KEPT = 3
"""The one in use and two before it, to go back to."""
FIRST_GUESS_SECONDS = (4.0, 190.0, 39.0, 5.0)
"""What the steps took on two cores; the first training on a machine has only this to guess from."""
RASA_FOLDER = Path("bot/rasa_server")
SOURCES = (Path("config.yml"), Path("nlu_data"), Path("bot/domain"), RASA_FOLDER / "src")
_PROGRESS = re.compile(r"^\[(?P<step>\d+)/(?P<steps>\d+)\] (?P<text>.*?)(?: \(\d+ s so far\))?$")
_VERSION = re.compile(r"^([a-z0-9][^ =]*)==([^ \\]+)", re.MULTILINE)


class NoModel(Exception):
    """There is no model of the present sources; the message says how to get one."""


class TrainingFailed(Exception):
    """The training ended without a model; the message says where its output is."""


@dataclass(frozen=True)
class Step:
    """How far a training is: it begins step `number` of `steps`."""

    number: int
    steps: int
    text: str
    seconds_left: float
    """By the pace of the training before, or of another machine's at the first."""


class Models:
    """The trained models of one project folder."""

    def __init__(self, project: Path, folder: Path) -> None:
        self._project = project
        self._folder = folder

    @property
    def current(self) -> Path:
        """Where the model of the present sources is, or will be."""
        return self._folder / f"balie-{self.fingerprint()}.tar.gz"

    def fingerprint(self) -> str:
        """A hash of everything that the model depends on: names and contents of its sources, versions it runs on.

        The answers in bot/content are no part of it: what the bot says is read when it says it.
        """
        digest = hashlib.sha256()
        for file in self._source_files():
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(self._project)} {content}\n".encode())
        for name, version in rasa_versions(self._project):
            digest.update(f"{name}=={version}\n".encode())
        return digest.hexdigest()[:16]

    def require(self) -> Path:
        """The model of the present sources.

        Raises:
            NoModel: it was not trained yet.
        """
        model = self.current
        if not model.is_file():
            raise NoModel(
                f"There is no model of the present config.yml, nlu_data and domain in {self._folder}: "
                "run `balie train`."
            )
        return model

    def train(self, tell: Callable[[Step], None]) -> Path:
        """Train unless there is a model already; two processes that ask at once train once.

        Raises:
            TrainingFailed: Rasa made no model.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with locked(self._folder / "training.lock"):
            model = self.current
            if not model.is_file():
                self._train(model, tell)
                self._forget_old(model)
        return model

    def _train(self, model: Path, tell: Callable[[Step], None]) -> None:
        unfinished = self._folder / "unfinished"
        unfinished.mkdir(exist_ok=True)
        name = model.name.removesuffix(".tar.gz")
        python = self._project / RASA_FOLDER / ".venv" / "bin" / "python"
        command = [str(python), "-m", "balie_rasa.train", "--out", str(unfinished), "--name", name]
        log = self._folder / "training.log"
        pace = _Pace(self._folder / "pace.json")
        with log.open("w") as output:
            process = subprocess.Popen(
                command,
                cwd=self._project,
                env={
                    **os.environ,
                    "RASA_TELEMETRY_ENABLED": "false",
                    "PYTHONWARNINGS": "ignore",
                    "OMP_WAIT_POLICY": "passive",  # the encoder's threads take no core while they wait
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            try:
                for line in process.stdout or ():
                    output.write(line)
                    found = _PROGRESS.match(line.strip())
                    if found:
                        tell(Step(int(found["step"]), int(found["steps"]), found["text"], pace.begin()))
                code = process.wait()
            except BaseException:
                process.kill()
                process.wait()
                raise
        trained = unfinished / model.name
        if code != 0 or not trained.is_file():
            raise TrainingFailed(f"The training made no model (exit code {code}); all it printed is in {log}.")
        trained.replace(model)
        pace.end()

    def _forget_old(self, current: Path) -> None:
        models = sorted(self._folder.glob("balie-*.tar.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
        for model in [one for one in models if one != current][MODELS_KEPT - 1 :]:
            model.unlink()

    def _source_files(self) -> Iterator[Path]:
        for source in SOURCES:
            path = self._project / source
            if path.is_file():
                yield path
                continue
            for file in sorted(path.rglob("*")):
                if file.is_file() and file.suffix not in {".pyc", ".md"} and ".egg-info" not in str(file):
                    yield file


def rasa_versions(project: Path) -> list[tuple[str, str]]:
    """Names and versions of all that Rasa's environment consists of."""
    found: list[tuple[str, str]] = _VERSION.findall((project / RASA_FOLDER / "requirements.lock").read_text())
    return found


class _Pace:
    """How long each step took, kept for the next training's estimate."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._before: Sequence[float] = json.loads(file.read_text()) if file.exists() else FIRST_GUESS_SECONDS
        self._began: list[float] = []

    def begin(self) -> float:
        """The next step begins; the seconds that it and the steps after it will take, at this time's speed."""
        self._began.append(time.monotonic())
        done = len(self._began) - 1
        expected = sum(self._before[:done])
        speed = (self._began[-1] - self._began[0]) / expected if expected else 1.0
        return sum(self._before[done:]) * speed

    def end(self) -> None:
        """The training succeeded: keep what was measured."""
        moments = [*self._began, time.monotonic()]
        self._file.write_text(json.dumps([later - earlier for earlier, later in pairwise(moments)]))


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock that other processes respect."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
