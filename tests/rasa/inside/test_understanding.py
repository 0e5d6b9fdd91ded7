"""Reading sentences, learning from them, and taking over new ones."""
# ruff: noqa: E402, PT009, PT027

import tempfile
import unittest
import unittest.mock
from pathlib import Path

from balie_rasa import surroundings

surroundings.prepare()

import numpy as np
from balie_rasa import encode
from balie_rasa.clauses import LONGEST, two_questions
from balie_rasa.import_voices import (
    Block,
    WrongLine,
    add,
    check_labels,
    merge,
    read_topics,
    read_voice,
    write_topics,
)
from balie_rasa.importer import NluFileError, TopicImporter, read_examples
from balie_rasa.likeness import Likeness, softmax
from balie_rasa.nlu import encoder
from balie_rasa.nlu.encoder import encode_all
from balie_rasa.nlu.understanding import examples
from balie_rasa.reading import Reader
from balie_rasa.text import normalise
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import hstack

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


PAIRS = [
    ("wat kost een paspoort", "paspoort", "kosten"),
    ("paspoort kwijt", "paspoort", "kwijt"),
    ("nieuw paspoort aanvragen", "paspoort", "aanvragen"),
    ("rijbewijs aanvragen", "rijbewijs", "aanvragen"),
    ("wat kost een rijbewijs", "rijbewijs", "kosten"),
    ("rijbewijs kwijt", "rijbewijs", "kwijt"),
    ("hallo daar", "groet", "algemeen"),
    ("goedemorgen daar", "groet", "algemeen"),
    ("hallo goedemorgen", "groet", "algemeen"),
]
ROWS = [(text, topic, aspect, author) for (text, topic, aspect), author in zip(PAIRS, "abcbcacab", strict=True)]


def vectors(texts):
    """Two numbers a text, in place of an encoder: whether it names a document, and whether it greets."""
    about = [[float("pas" in text or "rij" in text), float("hallo" in text or "morgen" in text)] for text in texts]
    return np.array(about, dtype=np.float32) + 0.1


class LikenessTest(unittest.TestCase):
    def learn(self, encoded=False):
        texts = [row[0] for row in ROWS]
        model = Likeness({})
        labels = {"topic": [row[1] for row in ROWS]}
        left_out = model.fit(texts, vectors(texts) if encoded else None, labels, [row[3] for row in ROWS])
        return model, left_out["topic"]

    def test_it_ranks_every_label_and_confidences_add_up(self):
        for encoded in (False, True):
            with self.subTest(encoded=encoded):
                model, _ = self.learn(encoded)
                ranking = model.rank("paspoort nodig", vectors(["paspoort nodig"])[0] if encoded else None)["topic"]
                self.assertEqual(ranking[0][0], "paspoort")
                self.assertEqual(len(ranking), 3)
                self.assertAlmostEqual(sum(confidence for _, confidence in ranking), 1.0, places=5)

    def test_scores_of_an_author_are_those_of_a_model_without_her(self):
        model, left_out = self.learn()
        grams = hstack([v.transform([normalise(row[0]) for row in ROWS]) for v in model._vectorizers]).toarray()
        table = grams @ grams.T / 2
        authors = np.array([row[3] for row in ROWS])
        targets = np.array([[float(row[1] == label) for label in model.heads["topic"].labels] for row in ROWS])
        for author in "abc":
            new, known = authors == author, authors != author
            ridge = model.config["ridge"] * np.eye(known.sum())
            scores = table[np.ix_(new, known)] @ np.linalg.solve(table[np.ix_(known, known)] + ridge, targets[known])
            expected = softmax(scores / model.heads["topic"].temperature)
            np.testing.assert_allclose(left_out[new], expected, atol=1e-3)

    def test_it_reads_what_it_wrote(self):
        reader = Reader({})
        reader.fit(ROWS, vectors([row[0] for row in ROWS]))
        with tempfile.TemporaryDirectory() as folder:
            reader.save(Path(folder))
            loaded = Reader.load(Path(folder))
        for text in ("paspoort nodig", "hallo hallo", "qwertyuiop", ""):
            with self.subTest(text=text):
                vector = vectors([text])[0]
                for ours, theirs in zip(reader.read(text, vector), loaded.read(text, vector), strict=True):
                    self.assertEqual([label for label, _ in ours], [label for label, _ in theirs])
                    np.testing.assert_allclose([c for _, c in ours], [c for _, c in theirs], atol=1e-3)

    def test_it_tells_topic_and_aspect_apart(self):
        reader = Reader({})
        reader.fit(ROWS, None)
        reading = reader.read("rijbewijs kwijt", None)
        self.assertEqual((reading.topics[0][0], reading.aspects[0][0]), ("rijbewijs", "kwijt"))


class TwoQuestionsTest(unittest.TestCase):
    def test_two_questions_are_found_with_the_story_at_the_first(self):
        found = {
            "wat kost een paspoort en wanneer komt het grofvuil?": (
                "wat kost een paspoort",
                "wanneer komt het grofvuil?",
            ),
            "Hoi, ik ga verhuizen. Hoe geef ik dat door? En wat kost dat eigenlijk": (
                "Hoi, ik ga verhuizen. Hoe geef ik dat door?",
                "wat kost dat eigenlijk",
            ),
            "kan ik zaterdag langskomen, ook nog kan ik daar pinnen": (
                "kan ik zaterdag langskomen",
                "kan ik daar pinnen",
            ),
        }
        for text, parts in found.items():
            with self.subTest(text=text):
                self.assertEqual(two_questions(text), parts)

    def test_one_question_stays_whole(self):
        whole = (
            "wat kost een paspoort",
            "mijn paspoort is verlopen. wat kost een nieuwe?",
            "wat kost een paspoort en een rijbewijs",
            "heb gisteren gebeld en moet nog steeds wachten. hoe lang nog?",
            "zijn dochter woont hier. mag dat?",
            "???",
            "",
            "wat kost dat en " + "x" * LONGEST + " en hoe lang duurt het",
        )
        for text in whole:
            with self.subTest(text=text[:40]):
                self.assertIsNone(two_questions(text))


class EncodeTest(unittest.TestCase):
    def test_what_was_encoded_before_is_not_encoded_again(self):
        asked = []

        def encode(texts):
            asked.extend(texts)
            return vectors(texts)

        with tempfile.TemporaryDirectory() as folder:
            cache = Path(folder) / "vectors.npz"
            first = encode_all(["hallo", "paspoort", "hallo"], cache, encode)
            again = encode_all(["paspoort", "rijbewijs"], cache, encode)
        self.assertEqual(sorted(asked), ["hallo", "paspoort", "rijbewijs"])
        np.testing.assert_array_equal(first[1], again[0])

    def test_the_encoder_finds_meaning_without_common_words(self):
        near, same, far = encode_all(["mijn reisdocument is gestolen", "paspoort kwijt", "het regent morgen"])
        self.assertGreater(near @ same, near @ far)


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


PROPOSED = """# Voorstel van de redactie, geschreven door balie. Overnemen: docs/content.md.
version: "3.1"
nlu:
- intent: paspoort
  metadata: {aspect: kosten, author: redactie}
  examples: |
    - wa kost da boekske: [telefoon-1] #help
    - Wat kost een pas
"""


class AddTest(unittest.TestCase):
    """What editors propose comes beside what is there."""

    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = Path(made.name)
        (self.folder / "topics").mkdir()
        (self.folder / "topics" / "paspoort.yml").write_text(PROPOSED, encoding="utf-8")

    def test_only_new_sentences_are_added_under_their_own_author(self):
        known = {Block("paspoort", "kosten", "v01"): ["wat kost een pas"]}
        self.assertEqual(
            add(known, read_topics(self.folder)),
            {
                Block("paspoort", "kosten", "v01"): ["wat kost een pas"],
                Block("paspoort", "kosten", "redactie"): ["wa kost da boekske: [telefoon-1] #help"],
            },
        )

    def test_adding_twice_is_adding_once(self):
        once = add({}, read_topics(self.folder))
        self.assertEqual(add(once, read_topics(self.folder)), once)

    def test_the_importer_reads_a_proposal_as_it_is(self):
        found = [one.get("text") for one in read_examples(self.folder / "topics" / "paspoort.yml")]
        self.assertEqual(found, ["wa kost da boekske: [telefoon-1] #help", "Wat kost een pas"])

    def test_a_label_that_does_not_exist_is_named(self):
        with self.assertRaisesRegex(WrongLine, "no topic 'paspoort'"):
            check_labels(read_topics(self.folder), {"rijbewijs"}, self.folder)


class MeaningTest(unittest.TestCase):
    def test_texts_from_outside_get_the_vectors_of_the_pipeline(self):
        with tempfile.TemporaryDirectory() as folder:
            texts, vectors = Path(folder, "texts.json"), Path(folder, "vectors.npy")
            texts.write_text('["wat kost een paspoort", "hoi"]')
            with unittest.mock.patch("sys.argv", ["encode", str(texts), str(vectors)]):
                encode.main()
            read = np.load(vectors)
        self.assertEqual(read.shape, (2, 384))
        np.testing.assert_allclose(read, encode_all(["wat kost een paspoort", "hoi"]), atol=1e-5)

    def test_a_model_that_is_loaded_to_serve_has_read_its_encoder(self):
        with unittest.mock.patch.object(encoder._pipeline, "has_encoder", False):
            encoder._one_by_one.cache_clear()
            encoder.SentenceEncoder.load({}, None, None, None)
            self.assertEqual(encoder._one_by_one.cache_info().currsize, 1)
            self.assertEqual(len(encoder.meaning_of("wat kost een paspoort")), 384)

    def test_without_an_encoder_in_the_pipeline_nothing_has_a_meaning(self):
        with unittest.mock.patch.object(encoder._pipeline, "has_encoder", False):
            self.assertIsNone(encoder.meaning_of("wat kost een paspoort"))


if __name__ == "__main__":
    unittest.main()
