"""The state that travels: bounded, and the same conversation when it comes back."""
# ruff: noqa: E402, PT009, PT027

import json
import unittest

from balie_rasa import surroundings

surroundings.prepare()

from balie_rasa.connector import harmless
from balie_rasa.state import USER_TURNS, InvalidState, capture, restore
from balie_rasa.store import StatelessTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SlotSet,
    UserUttered,
)

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [vraag]
slots:
  topic: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  count: {type: float, initial_value: 0, influence_conversation: false, mappings: [{type: custom}]}
forms:
  afspraak: {required_slots: [topic]}
actions: [action_answer]
"""
)


def turn(tracker, number, *events):
    """One user turn as Rasa records it."""
    parsed = {"intent": {"name": "vraag", "confidence": 0.9}, "entities": [], "intent_ranking": [{"name": "x"}] * 10}
    tracker.update_with_events(
        [
            UserUttered(f"vraag {number}", parsed["intent"], [], parsed, metadata={"turn_id": str(number)}),
            ActionExecuted("action_answer", policy="RulePolicy", confidence=1.0),
            BotUttered("een heel lang antwoord " * 50),
            *events,
            ActionExecuted("action_listen"),
        ],
        DOMAIN,
    )


def through_json(state):
    return json.loads(json.dumps(state))


class StateTest(unittest.TestCase):
    def test_a_new_conversation_listens_and_starts_no_session_of_rasa(self):
        tracker = restore("x", None, DOMAIN)
        self.assertEqual(tracker.latest_action_name, "action_listen")
        self.assertTrue(tracker.applied_events())

    def test_only_the_last_six_user_turns_are_kept(self):
        tracker = restore("x", None, DOMAIN)
        for number in range(50):
            turn(tracker, number)
        texts = [e["text"] for e in capture(tracker, DOMAIN)["events"] if e["event"] == "user"]
        self.assertEqual(texts, [f"vraag {number}" for number in range(50 - USER_TURNS, 50)])

    def test_slots_set_before_the_window_survive_it(self):
        tracker = restore("x", None, DOMAIN)
        turn(tracker, 0, SlotSet("topic", "paspoort"))
        for number in range(1, 60):
            turn(tracker, number, SlotSet("count", float(number)))
            tracker = restore("y", through_json(capture(tracker, DOMAIN)), DOMAIN)
        self.assertEqual(tracker.get_slot("topic"), "paspoort")
        self.assertEqual(tracker.get_slot("count"), 59.0)

    def test_a_slot_that_was_emptied_stays_empty(self):
        tracker = restore("x", None, DOMAIN)
        turn(tracker, 0, SlotSet("topic", "paspoort"))
        turn(tracker, 1, SlotSet("topic", None))
        tracker = restore("y", through_json(capture(tracker, DOMAIN)), DOMAIN)
        self.assertIsNone(tracker.get_slot("topic"))

    def test_an_open_form_survives_twelve_digressions(self):
        tracker = restore("x", None, DOMAIN)
        turn(tracker, 0, ActiveLoop("afspraak"))
        for number in range(1, 13):
            turn(tracker, number)
            tracker = restore("y", through_json(capture(tracker, DOMAIN)), DOMAIN)
        self.assertEqual(tracker.active_loop_name, "afspraak")
        turn(tracker, 13, ActiveLoop(None))
        tracker = restore("y", through_json(capture(tracker, DOMAIN)), DOMAIN)
        self.assertIsNone(tracker.active_loop_name)

    def test_going_through_the_state_changes_nothing_for_the_policies(self):
        direct = restore("x", None, DOMAIN)
        through = restore("x", None, DOMAIN)
        for number in range(20):
            turn(direct, number, SlotSet("count", float(number)))
            turn(through, number, SlotSet("count", float(number)))
            through = restore("x", through_json(capture(through, DOMAIN)), DOMAIN)
        self.assertEqual(direct.past_states(DOMAIN)[-6:], through.past_states(DOMAIN)[-6:])

    def test_the_size_is_the_same_at_turn_20_and_200_and_holds_no_answers(self):
        tracker = restore("x", None, DOMAIN)
        sizes = []
        for number in range(200):
            turn(tracker, number + 100)
            state = capture(tracker, DOMAIN)
            sizes.append(len(json.dumps({**state, "events": [{**e, "timestamp": 0} for e in state["events"]]})))
            tracker = restore("x", through_json(state), DOMAIN)
        self.assertEqual(sizes[19], sizes[199])
        self.assertNotIn("antwoord", json.dumps(state))

    def test_a_state_that_is_none_of_ours_is_refused(self):
        good = capture(restore("x", None, DOMAIN), DOMAIN)
        wrong = [{}, {**good, "version": 2}, {**good, "events": [{"event": "odd"}]}, {**good, "slots": 3}]
        for state in wrong:
            with self.subTest(state=state), self.assertRaises(InvalidState):
                restore("x", state, DOMAIN)


class StoreTest(unittest.IsolatedAsyncioTestCase):
    async def test_nothing_is_known_outside_the_call(self):
        store = StatelessTrackerStore(DOMAIN)
        with store.turn("x", None) as held:
            await store.save(await store.retrieve("x"))
            self.assertIsNotNone(store.state_after(held))
        self.assertIsNone(await store.retrieve("x"))
        self.assertEqual(list(await store.keys()), [])

    async def test_a_turn_that_fails_leaves_nothing(self):
        store = StatelessTrackerStore(DOMAIN)
        with self.assertRaises(ZeroDivisionError), store.turn("x", None):
            raise ZeroDivisionError
        self.assertEqual(list(await store.keys()), [])

    async def test_an_unreadable_state_is_refused_before_rasa_hears_of_it(self):
        store = StatelessTrackerStore(DOMAIN)
        with self.assertRaises(InvalidState), store.turn("x", {"version": 2}):
            self.fail("the turn went on")
        self.assertEqual(list(await store.keys()), [])

    async def test_saving_after_the_call_is_ignored(self):
        store = StatelessTrackerStore(DOMAIN)
        with store.turn("x", None):
            tracker = await store.retrieve("x")
        await store.save(tracker)
        self.assertIsNone(await store.retrieve("x"))


class HarmlessTest(unittest.TestCase):
    def test_no_text_begins_with_a_slash(self):
        for text in ("/restart", "//x", " /restart", "/ /x", "/\u00a0/x", "/", "", "\t/\n/"):
            with self.subTest(text=text):
                self.assertFalse(harmless(text).strip().startswith("/"))
                self.assertTrue(harmless(text).strip())

    def test_slashes_inside_stay(self):
        self.assertEqual(harmless("ma/di 9/10"), "ma/di 9/10")


if __name__ == "__main__":
    unittest.main()
