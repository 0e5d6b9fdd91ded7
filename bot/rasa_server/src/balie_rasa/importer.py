"""Lets Rasa learn topics from files alone: a topic with sentences becomes an intent and a rule, without code."""

from pathlib import Path
from typing import Any

import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

ANSWER = "action_answer"


class NluFileError(Exception):
    """A file in nlu_data has not the shape that nlu_data/README.md describes; the message says where."""


def read_examples(path: Path) -> list[Message]:
    """Sentences of one file.

    Rasa's own reader checks each file with a validator that takes minutes for ten thousand sentences.

    Raises:
        NluFileError: names the file.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return [message for block in data["nlu"] for message in _messages(block)]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise NluFileError(f"{path}: not the shape that nlu_data/README.md describes ({error!r})") from error


def _messages(block: dict[str, Any]) -> list[Message]:
    about = {"aspect": block["metadata"]["aspect"], "author": block["metadata"]["author"]}
    sentences = [line[2:].strip() for line in block["examples"].splitlines() if line.startswith("- ")]
    return [Message.build(text, block["intent"], [], intent_metadata=about) for text in sentences]


class TopicImporter(RasaFileImporter):
    """Reads nlu_data and adds to the domain what follows from it."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ):
        super().__init__(config_file, domain_path, training_data_paths)

    @cached_method
    def get_nlu_data(self, language: str | None = "nl") -> TrainingData:
        return TrainingData([message for file in sorted(self._nlu_files) for message in read_examples(Path(file))])

    @cached_method
    def get_domain(self) -> Domain:
        written = super().get_domain()
        return written.merge(Domain.from_dict({"intents": self._topics()}))

    @cached_method
    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        rules = [
            {"rule": f"answer {topic}", "steps": [{"intent": topic}, {"action": ANSWER}]} for topic in self._topics()
        ]
        steps = YAMLStoryReader(self.get_domain()).read_from_parsed_yaml({"rules": rules})
        return super().get_stories(exclusion_percentage).merge(StoryGraph(steps))

    def _topics(self) -> list[str]:
        return sorted({message.get(INTENT) for message in self.get_nlu_data().training_examples})
