"""What both classifiers share: reading examples with their author, and keeping the model."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from balie_rasa.linear import LinearText

Example = tuple[str, str, str, str]
"""Text, topic, aspect, author."""


def examples(training_data: TrainingData) -> list[Example]:
    """Sentences with the labels that stand above them in nlu_data."""
    found = []
    for message in training_data.intent_examples:
        about = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
        aspect, author = about.get("aspect", "algemeen"), about.get("author", "unknown")
        found.append((message.get(TEXT), message.get(INTENT), aspect, author))
    return found


class TrainedOnText(GraphComponent):
    """A component around one `LinearText`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearText | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model or LinearText(config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GraphComponent:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, LinearText.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        rows = self.choose(examples(training_data))
        texts, labels, authors = zip(*rows, strict=False)
        self._model.fit(texts, labels, authors)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self.label(message)
        return messages

    def choose(self, rows: list[Example]) -> list[tuple[str, str, str]]:
        """Text, label and author of what this component learns from."""
        raise NotImplementedError

    def label(self, message: Message) -> None:
        """Write what was recognised on the message."""
        raise NotImplementedError
