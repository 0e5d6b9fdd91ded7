"""Which topic a message is about."""

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from balie_rasa.nlu.trained import Example, TrainedOnText

RANKING_LENGTH = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(TrainedOnText, IntentClassifier):
    """Sets Rasa's intent and intent ranking: topics are intents."""

    def choose(self, rows: list[Example]) -> list[tuple[str, str, str]]:
        return [(text, topic, author) for text, topic, _, author in rows]

    def label(self, message: Message) -> None:
        ranking = [
            {INTENT_NAME_KEY: topic, PREDICTED_CONFIDENCE_KEY: confidence}
            for topic, confidence in self._model.rank(message.get(TEXT) or "")[:RANKING_LENGTH]
        ]
        message.set(INTENT, dict(ranking[0]), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
