"""How good the detector is on authors it has never read: groups of whole voices are left out of training in turn.

Every voice is judged by a model that learned from other voices only, with each combination of parts, so that the table
shows what each part adds. The gravest mistakes follow.

Run with `python -m bot.evaluation.unseen_authors`; takes some ten minutes on two cores.
"""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.detector_model import routine_questions
from bot.encoder import encode
from bot.evaluation import conversations, detection
from bot.settings import PROJECT_DIR
from handoff.detection import training
from handoff.detection.detector import Detector, Parts
from handoff.detection.lexicon import Lexicon

MEASURES = (
    "human_recall",
    "routine_false_alarms",
    "crisis_recall",
    "crisis_false_alarms",
    "urgent_or_crisis_recall",
    "reasons_micro_f1",
    "team_accuracy",
)
MISTAKES_SHOWN = 10
PARTS = {
    "rules": Parts(model=False, course=False),
    "rules and course": Parts(model=False),
    "model": Parts(rules=False, course=False),
    "rules and model": Parts(course=False),
    "all": Parts(),
}


def main() -> None:
    """Print a row for each voice and one for all together, for each combination of parts."""
    console = Console(width=160)
    reader = Detector.load()
    voices = training.read_voices(reader)
    routine = training.routine_questions(reader, routine_questions(PROJECT_DIR))
    meanings = encode(PROJECT_DIR, [one.said for one in (*voices, *routine)], keep="conversations")
    authors = np.array([voice.author for voice in voices])
    said: dict[str, dict[str, list[detection.Judged]]] = {name: {} for name in PARTS}
    for group in training.groups_of_authors(voices):
        is_known = ~np.isin(authors, list(group))
        others = [voice for voice in voices if voice.author not in group]
        known = np.concatenate([meanings[: len(voices)][is_known], meanings[len(voices) :]])
        model = training.train(others, routine, known)
        for author in sorted(group):
            data = conversations.read(training.VOICES / f"{author}.jsonl")
            for name, parts in PARTS.items():
                judged = Detector(Lexicon.load(), model if parts.model else None, "unseen", parts)
                said[name][author] = detection.judge(judged, data, meanings[: len(voices)][authors == author])
            console.print(f"{author}: measured on {len(data)} conversations")
    table = Table("voice", "parts", *MEASURES)
    for name in PARTS:
        for author in sorted(set(authors.tolist())):
            table.add_row(author, name, *_figures(said[name][author]))
        table.add_row("all", name, *_figures([one for judged in said[name].values() for one in judged]))
    console.print(table)
    mistakes = detection.worst([one for judged in said["all"].values() for one in judged])
    for one in mistakes[:MISTAKES_SHOWN]:
        console.print(f"{one.labelled.id}: {one.labelled.level}, judged {one.level}: {one.labelled.turns[-1].text}")


def _figures(judged: list[detection.Judged]) -> list[str]:
    figures = detection.measure(judged).as_json()
    return [str(figures[measure]) for measure in MEASURES]


if __name__ == "__main__":
    main()
