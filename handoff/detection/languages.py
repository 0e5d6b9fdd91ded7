"""Whether a message is in another language than Dutch. Frisian, dialect and clumsy Dutch are Dutch here.

A message in another script is foreign. In Latin script small, frequent words decide: they are few, differ between
languages, and are there in every message of more than a few words.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_DUTCH = frozenset(
    [
        "ik",
        "jij",
        "hij",
        "zij",
        "wij",
        "jullie",
        "mij",
        "jou",
        "hem",
        "haar",
        "ons",
        "hun",
        "mijn",
        "jouw",
        "zijn",
        "de",
        "het",
        "een",
        "en",
        "of",
        "maar",
        "want",
        "dus",
        "niet",
        "geen",
        "wel",
        "ook",
        "al",
        "nog",
        "dan",
        "als",
        "dat",
        "die",
        "dit",
        "deze",
        "wat",
        "wie",
        "waar",
        "wanneer",
        "hoe",
        "waarom",
        "welke",
        "van",
        "voor",
        "naar",
        "met",
        "bij",
        "uit",
        "om",
        "over",
        "onder",
        "tot",
        "te",
        "op",
        "door",
        "zonder",
        "tegen",
        "tussen",
        "na",
        "sinds",
        "is",
        "ben",
        "bent",
        "was",
        "waren",
        "wordt",
        "word",
        "worden",
        "werd",
        "heb",
        "hebt",
        "heeft",
        "hebben",
        "had",
        "kan",
        "kunt",
        "kunnen",
        "kon",
        "moet",
        "moeten",
        "mag",
        "mogen",
        "wil",
        "wilt",
        "willen",
        "zal",
        "zullen",
        "zou",
        "ga",
        "gaat",
        "gaan",
        "kom",
        "komt",
        "komen",
        "doe",
        "doet",
        "doen",
        "zeg",
        "zegt",
        "weet",
        "weten",
        "krijg",
        "krijgt",
        "krijgen",
        "maak",
        "maken",
        "hier",
        "daar",
        "er",
        "nu",
        "even",
        "heel",
        "erg",
        "gewoon",
        "alleen",
        "graag",
        "alsjeblieft",
        "bedankt",
        "dank",
        "gemeente",
        "paspoort",
        "rijbewijs",
        "afspraak",
        "vergunning",
        "aanvragen",
        "huis",
        "kind",
        "kinderen",
        "man",
        "vrouw",
        "moeder",
        "vader",
        "hulp",
        "geld",
        "betalen",
        "nee",
        "ja",
        "goed",
        "goedemorgen",
        "goedemiddag",
        "hallo",
        "hoi",
        "jaar",
        "dag",
        "week",
        "maand",
        "morgen",
        "vandaag",
        "gisteren",
        "vanavond",
        "iemand",
        "iets",
        "niets",
        "net",
        "zo",
        "veel",
        "meer",
        "minder",
        "weer",
        "altijd",
        "nooit",
        "kost",
        "kosten",
        "medewerker",
        "brief",
        "formulier",
        "binne",
        "net",
        "myn",
        "fan",
        "hawwe",
        "haw",
        "jo",
        "it",
        "wol",
        "kin",
        "ek",
        "mar",
        "oan",
        "sa",
        "dy",
        "dat",
        "moat",
        "gean",
    ]
)
_FOREIGN = {
    "en": """i you he she we they my your his her our their the an and or but not what who where when how why which from
        for to with at out about until by without against since are were been have has had can could must may want will
        would go come do does please thank thanks hello need help somebody someone nobody there this that am im dont cant
        it on of if speak english understand letter me get know there her here""",
    "de": """ich du er sie wir ihr mich mir dich dir uns euch mein meine dein der die das ein eine und oder aber nicht
        kein keine was wer wo wann wie warum von fur nach mit bei aus uber bis zu ohne gegen zwischen seit ist bin bist
        war waren wird werden habe hast hat haben kann konnen muss mussen darf will mochte soll gehen kommen bitte danke
        hallo guten auf den dem im am zum zur auch noch sich nur schon brauche hilfe jemand deutsch""",
    "fr": """je tu il elle nous vous ils elles mon ma mes votre le la les un une des et ou mais pas qui que quoi quand
        comment pourquoi de du pour avec sans sur dans depuis est suis sont etait ai avez ont peux peut faut veux aller
        merci bonjour sil plait au aux ce cette jai besoin aide parle ne se""",
    "es": """yo tu ella nosotros ellos mi mis su el los las uno una unos y o pero no que quien donde cuando como por para
        con sin desde es soy son estoy esta tengo tiene puedo quiero necesito hola gracias favor ayuda hablo espanol se lo
        al del muy alguien casa hijos""",
    "it": "io noi voi loro mio mia il lo gli una e ma non che chi dove quando come perche di da per con senza sono sei ho "
    "hai ha posso voglio ciao grazie aiuto parlo italiano della",
    "pt": "eu voce ele ela nos meu minha os as um uma e mas nao que quem onde quando como por para com sem desde sou "
    "estou tenho posso quero preciso ola obrigado obrigada ajuda falo ao da do em",
    "tr": """ben sen biz siz onlar benim bana bir ve ama degil ne kim nerede nasil icin ile var yok istiyorum lazim yardim
        merhaba tesekkur lutfen bilmiyorum gerekiyor cok bu su turkce konusan evim cocuk oglum kizim mi mu olarak nasil
        miyim yapmam anlamiyorum mektup""",
    "pl": """ja ty on ona my wy mi mnie moj moja nie jest sa i lub ale co kto gdzie kiedy jak dlaczego od do z w na bez
        po mam masz ma moge chce prosze dziekuje dzien dobry potrzebuje pomocy czy sie po polsku mowi mowie rozumiem to
        jestem dla moje""",
    "ro": """eu tu el ea noi voi mea meu un o si sau dar nu ce cine unde cand cum de pentru cu fara din este sunt am are
        pot vreau buna ziua multumesc ajutor va rog romana am primit nevoie care la imi sa in""",
    "so": "waan aan waxaan ma iyo ku ka u oo waa ayaa baahanahay caawimaad fadlan mahadsanid guri raadinayaa af soomaali "
    "aqaano sida halkan maxaa carruur waxa uu",
    "bg": "az ne sam imam",
    "id": "saya tidak ada dan untuk dengan yang tolong bantu bisa",
}  # fmt: skip
_WORDS = {code: frozenset(text.split()) for code, text in _FOREIGN.items()}
_ENOUGH_WORDS = 3
_ENOUGH_SHARE = 0.25


def foreign(words: list[str]) -> str | None:
    """The language of a message that is not Dutch: a code, or "xx" for another script; None for Dutch or too little.

    Args:
        words: The words as written, in lower case, without accents.
    """
    letters = [character for word in words for character in word if character.isalpha()]
    if not letters:
        return None
    other = sum(not _latin(character) for character in letters)
    if other >= len(letters) / 2:
        return "xx"
    if len(words) < _ENOUGH_WORDS:
        return None
    dutch = sum(word in _DUTCH for word in words)
    code, hits = max(((code, sum(word in known for word in words)) for code, known in _WORDS.items()), key=_by_hits)
    clearly = hits >= 2 and hits > dutch * 1.3 and hits >= len(words) * _ENOUGH_SHARE
    return code if clearly else None


def _by_hits(one: tuple[str, int]) -> int:
    return one[1]


@lru_cache(maxsize=2048)
def _latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")
