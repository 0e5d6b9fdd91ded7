"""What a message is about, and what the citizen wants to know about it."""

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
    METADATA_INTENT,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from balie_rasa.clauses import two_questions
from balie_rasa.nlu.encoder import PART_VECTORS, VECTOR
from balie_rasa.reading import Example, Reader, Reading

RANKING_LENGTH = 10
_ASPECTS_SHOWN = 3


def examples(training_data: TrainingData) -> list[Example]:
    """Sentences with the labels that stand above them in nlu_data."""
    found = []
    for message in training_data.intent_examples:
        about = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
        aspect, author = about.get("aspect", "algemeen"), about.get("author", "unknown")
        found.append((message.get(TEXT), message.get(INTENT), aspect, author))
    return found


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicAndAspect(GraphComponent, IntentClassifier):
    """Sets Rasa's intent and intent ranking (topics are intents), `aspect` beside it, and `parts` of two questions."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: Reader | None = None,
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._reader = reader or Reader(config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TopicAndAspect":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TopicAndAspect":
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, Reader.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        vectors = [message.get(VECTOR) for message in training_data.intent_examples]
        encoded = None if any(vector is None for vector in vectors) else np.stack(vectors)
        self._reader.fit(examples(training_data), encoded)
        with self._model_storage.write_to(self._resource) as folder:
            self._reader.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            reading = self._reader.read(message.get(TEXT) or "", message.get(VECTOR))
            message.set(INTENT, _intents(reading)[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, _intents(reading), add_to_output=True)
            message.set("aspect", _aspects(reading), add_to_output=True)
            if parts := self._parts(message):
                message.set("parts", parts, add_to_output=True)
        return messages

    def _parts(self, message: Message) -> list[dict[str, Any]]:
        """Each of two questions read alone; nothing where there is one."""
        texts = two_questions(message.get(TEXT) or "") or ()
        vectors = message.get(PART_VECTORS)
        found = []
        for number, text in enumerate(texts):
            reading = self._reader.read(text, None if vectors is None else vectors[number])
            found.append({"text": text, "intent_ranking": _intents(reading), "aspect": _aspects(reading)})
        return found


def _aspects(reading: Reading) -> dict[str, Any]:
    aspects = [{"name": name, "confidence": chance} for name, chance in reading.aspects]
    return {**aspects[0], "ranking": aspects[:_ASPECTS_SHOWN]}


def _intents(reading: Reading) -> list[dict[str, Any]]:
    return [
        {INTENT_NAME_KEY: topic, PREDICTED_CONFIDENCE_KEY: confidence}
        for topic, confidence in reading.topics[:RANKING_LENGTH]
    ]
