"""How good the detector is on an author it has never read: each voice in turn is left out of training.

The gravest mistakes follow the table.

Run with `python -m bot.evaluation.leave_one_author_out`; takes a minute or two an author.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bot.detector_model import routine_questions
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
    """Print a row for each author left out and each combination of parts."""
    console = Console(width=160)
    reader = Detector.load()
    voices = {path.stem: training.read_voice(reader, path) for path in sorted(training.VOICES.glob("*.jsonl"))}
    routine = training.routine_questions(reader, routine_questions(PROJECT_DIR))
    table = Table("left out", "parts", *MEASURES)
    mistakes: list[detection.Judged] = []
    for left_out in voices:
        others = [example for author, examples in voices.items() if author != left_out for example in examples]
        model = training.train(others, routine)
        data = conversations.read(training.VOICES / f"{left_out}.jsonl")
        for name, parts in PARTS.items():
            judged = Detector(Lexicon.load(), model if parts.model else None, "leave-one-out", parts)
            said = detection.judge(judged, data)
            if parts == Parts():
                mistakes += detection.worst(said)[:MISTAKES_SHOWN]
            figures = detection.measure(said).as_json()
            table.add_row(left_out, name, *(str(figures[measure]) for measure in MEASURES))
        console.print(f"{left_out}: measured on {len(data)} conversations")
    console.print(table)
    for one in sorted(mistakes, key=detection.gravity, reverse=True)[:MISTAKES_SHOWN]:
        console.print(f"{one.labelled.id}: {one.labelled.level}, judged {one.level}: {one.labelled.turns[-1].text}")


if __name__ == "__main__":
    main()
