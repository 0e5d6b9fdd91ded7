"""The stories are stories to Rasa too: its own reader takes them, and knows every intent, action and slot in them."""
# ruff: noqa: E402, PT009

import unittest
import warnings
from pathlib import Path

from balie_rasa import surroundings
from balie_rasa.importer import TopicImporter

surroundings.prepare()

from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader

PROJECT = Path(__file__).resolve().parents[3]
STORIES = sorted((PROJECT / "tests" / "rasa" / "stories").glob("*.yml"))


class TestStories(unittest.TestCase):
    def test_rasa_reads_them_and_knows_all_that_is_named(self) -> None:
        importer = TopicImporter(
            str(PROJECT / "config.yml"), str(PROJECT / "bot" / "domain"), [str(PROJECT / "nlu_data")]
        )
        domain = importer.get_domain()
        known = {UserUttered: set(domain.intents), ActionExecuted: set(domain.action_names_or_texts)}
        slots = {slot.name for slot in domain.slots}
        self.assertTrue(STORIES)
        for path in STORIES:
            with self.subTest(path.name), warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                self.assertTrue(YAMLStoryReader.is_test_stories_file(str(path)))
                steps = YAMLStoryReader(domain).read_from_file(str(path))
                self.assertTrue(steps)
                for event in (event for step in steps for event in step.events):
                    if isinstance(event, UserUttered) and event.intent_name:
                        self.assertIn(event.intent_name, known[UserUttered])
                    elif isinstance(event, ActionExecuted) and event.action_name:
                        self.assertIn(event.action_name, known[ActionExecuted])
                    elif isinstance(event, SlotSet):
                        self.assertIn(event.key, slots)
