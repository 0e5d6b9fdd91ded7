"""Each story of tests/rasa/stories, through the real Rasa with the real model."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.engine import Engine
from tests.rasa import story
from tests.rasa.conftest import TOKEN
from tests.rasa.story import Story
from tests.rasa.test_turn import Citizen

STORIES = tuple(story.read())


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.name)
async def test_it_goes_as_the_story_tells(rasa_with_calendar: str, told: Story) -> None:
    async with Engine(rasa_with_calendar, TOKEN) as engine:
        citizen = Citizen(engine)
        for number, step in enumerate(told.steps, 1):
            pressed = step.intent == story.CHOICE
            turn = await (citizen.presses(step.text) if pressed else citizen.says(step.text))
            was = story.happened(turn.state)
            where = f"step {number}, {step.text!r}"
            assert was.actions == step.actions, where
            assert step.intent in (None, was.intent), where
            assert step.form in ((), was.form), where
            assert {name: was.slots.get(name) for name in step.slots} == step.slots, where


def test_every_form_has_stories_in_which_it_is_finished_and_stopped() -> None:
    finished = {action for told in STORIES for step in told.steps for action in step.actions}
    assert {f"action_finish_{form}" for form in ("appointment_form", "change_form", "report_form")} <= finished


def test_a_step_that_is_not_compared_is_no_story(tmp_path: Path) -> None:
    (tmp_path / "test_odd.yml").write_text("stories: [{story: odd, steps: [{user: hoi}, {bot: dag}]}]")
    with pytest.raises(ValueError, match="bot is not compared"):
        list(story.read(tmp_path))
