"""Reading sentences, learning from them, and taking over new ones."""
# ruff: noqa: E402, PT009, PT027

import tempfile
import unittest
from pathlib import Path

from balie_rasa import surroundings

surroundings.prepare()

from balie_rasa.import_voices import (
    Block,
    WrongLine,
    merge,
    read_topics,
    read_voice,
    write_topics,
)
from balie_rasa.importer import NluFileError, TopicImporter, read_examples
from balie_rasa.linear import LinearText
from balie_rasa.nlu.trained import examples
from balie_rasa.text import normalise
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData

PROJECT = Path(__file__).resolve().parents[3]
TOPICS = {"paspoort", "rijbewijs", "groet"}
VOICE = (
    "paspoort\tkosten\twat kost een pas\nrijbewijs\tkwijt\trijbewijs weg: [kenteken-1] #help\ngroet\talgemeen\thoi\n"
)


class NormaliseTest(unittest.TestCase):
    def test_messages_that_mean_the_same_become_alike(self):
        alike = [
            ("PASPOORT  Kwijt", "paspoort kwijt"),
            ("heeeeel lang", "heel lang"),
            ("bel [telefoon-1]", "bel telefoon_placeholder"),
            ("om 17.30", "om 00.00"),
            ("m’n pas", "m'n pas"),
        ]
        for written, normal in alike:
            with self.subTest(written=written):
                self.assertEqual(normalise(written), normal)


class LinearTextTest(unittest.TestCase):
    def setUp(self):
        pairs = [
            ("wat kost een paspoort", "paspoort"),
            ("paspoort kwijt", "paspoort"),
            ("nieuw paspoort aanvragen", "paspoort"),
            ("rijbewijs verlengen", "rijbewijs"),
            ("wat kost een rijbewijs", "rijbewijs"),
            ("mijn rijbewijs is weg", "rijbewijs"),
            ("hallo daar", "groet"),
            ("goedemorgen", "groet"),
            ("hoi", "groet"),
        ]
        authors = ["a", "b", "c"] * 3
        self.model = LinearText({"folds": 3})
        self.model.fit([text for text, _ in pairs], [label for _, label in pairs], authors)

    def test_it_ranks_every_label_and_confidences_add_up(self):
        ranking = self.model.rank("paspoort nodig")
        self.assertEqual(ranking[0][0], "paspoort")
        self.assertEqual(len(ranking), 3)
        self.assertAlmostEqual(sum(confidence for _, confidence in ranking), 1.0, places=5)

    def test_it_reads_what_it_wrote(self):
        with tempfile.TemporaryDirectory() as folder:
            self.model.save(Path(folder))
            loaded = LinearText.load(Path(folder))
        for text in ("paspoort nodig", "hoi hoi", "qwertyuiop", ""):
            with self.subTest(text=text):
                for (label, confidence), (other, again) in zip(self.model.rank(text), loaded.rank(text), strict=True):
                    self.assertEqual(label, other)
                    self.assertAlmostEqual(confidence, again, places=5)


class ImportVoicesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def voice(self, author, text):
        path = self.folder / f"{author}.tsv"
        path.write_text(text, encoding="utf-8")
        return read_voice(path, TOPICS)

    def test_sentences_come_back_from_the_files_as_they_were(self):
        voice = self.voice("v01", VOICE)
        write_topics(self.folder, voice)
        self.assertEqual(read_topics(self.folder), voice)
        self.assertTrue((self.folder / "topics" / "paspoort.yml").is_file())
        self.assertTrue((self.folder / "conversation" / "groet.yml").is_file())

    def test_taking_over_twice_is_taking_over_once(self):
        voice = self.voice("v01", VOICE)
        once = merge({}, [voice])
        self.assertEqual(merge(once, [voice]), once)

    def test_an_author_replaces_her_own_sentences_only(self):
        first = merge({}, [self.voice("v01", VOICE), self.voice("v02", "paspoort\tkosten\tprijs pas\n")])
        second = merge(first, [self.voice("v01", "paspoort\tkwijt\tpas weg\n")])
        self.assertEqual(
            second,
            {
                Block("paspoort", "kosten", "v02"): ["prijs pas"],
                Block("paspoort", "kwijt", "v01"): ["pas weg"],
            },
        )

    def test_a_wrong_line_is_named(self):
        wrong = ("paspoort\tkosten\n", "pasport\tkosten\tx\n", "paspoort\tprijs\tx\n", "paspoort kosten x\n")
        for text in wrong:
            with self.subTest(text=text), self.assertRaisesRegex(WrongLine, r"v01\.tsv:1: "):
                self.voice("v01", text)

    def test_a_sentence_is_kept_once(self):
        voice = self.voice("v01", "paspoort\tkosten\tprijs pas\npaspoort\tkosten\tPrijs  pas\n")
        self.assertEqual(list(voice.values()), [["prijs pas"]])


class ReadingTest(unittest.TestCase):
    def test_our_reader_finds_the_same_as_rasas_own(self):
        path = PROJECT / "nlu_data" / "topics" / "paspoort.yml"
        ours = sorted(examples(TrainingData(read_examples(path))))
        rasas = sorted(examples(RasaYAMLReader().read(str(path))))
        self.assertEqual(ours, rasas)
        self.assertGreater(len({aspect for _, _, aspect, _ in ours}), 3)

    def test_a_file_of_another_shape_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pas.yml"
            path.write_text("nlu:\n- intent: pas\n  examples: |\n    - x\n")
            with self.assertRaisesRegex(NluFileError, r"pas\.yml"):
                read_examples(path)

    def test_every_topic_becomes_an_intent_and_a_rule(self):
        root = str(PROJECT)
        importer = TopicImporter(f"{root}/config.yml", f"{root}/bot/domain", [f"{root}/nlu_data"])
        intents = set(importer.get_domain().intents)
        topics = {path.stem for path in (PROJECT / "nlu_data").glob("*/*.yml")}
        self.assertLessEqual(topics, intents)
        rules = {step.block_name for step in importer.get_stories().story_steps}
        self.assertEqual({f"answer {topic}" for topic in topics} - rules, set())


if __name__ == "__main__":
    unittest.main()
