"""What a citizen wants to know about the topic: costs, term, what to bring."""

from collections import defaultdict

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from balie_rasa.nlu.trained import Example, TrainedOnText


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AspectClassifier(TrainedOnText, IntentClassifier):
    """Adds `aspect` to what Rasa understood: its name, confidence and ranking."""

    def choose(self, rows: list[Example]) -> list[tuple[str, str, str]]:
        """Only topics with more than one aspect teach anything about aspects: greetings have none."""
        aspects: dict[str, set[str]] = defaultdict(set)
        for _, topic, aspect, _ in rows:
            aspects[topic].add(aspect)
        return [(text, aspect, author) for text, topic, aspect, author in rows if len(aspects[topic]) > 1]

    def label(self, message: Message) -> None:
        ranking = [
            {"name": aspect, "confidence": confidence}
            for aspect, confidence in self._model.rank(message.get(TEXT) or "")
        ]
        message.set("aspect", {**ranking[0], "ranking": ranking[:3]}, add_to_output=True)
