"""Whether a message is in another language than Dutch, and in which. Frisian, dialect and clumsy Dutch are Dutch here.

Another script decides by itself. In Latin script small, frequent words decide, with letters and endings that Dutch does
not have: they are few, differ between languages, and stand in every message of more than a few words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from handoff.detection.words import fold

UNKNOWN = "xx"
"""A script or language that is certainly not Dutch, and that nobody here can name."""
NAMES = {
    "en": "Engels", "de": "Duits", "fr": "Frans", "es": "Spaans", "tr": "Turks", "ar": "Arabisch", "pl": "Pools",
    "uk": "Oekraïens", "ro": "Roemeens", "bg": "Bulgaars", "fa": "Farsi", "so": "Somalisch", "ti": "Tigrinya",
    "it": "Italiaans", "pt": "Portugees", "id": "Indonesisch", "ru": "Russisch",
}  # fmt: skip
"""What an employee calls each language, in Dutch."""

_DUTCH_WORDS = """
    ik jij hij zij wij jullie mij jou hem haar ons hun mijn jouw zijn de het een en of maar want dus niet geen
    wel ook al nog dan als dat die dit deze wat wie waar wanneer hoe waarom welke van voor naar met bij uit om
    over onder tot te op door zonder tegen tussen na sinds is ben bent was waren wordt word worden werd heb hebt
    heeft hebben had kan kunt kunnen kon moet moeten mag mogen wil wilt willen zal zullen zou ga gaat gaan kom
    komt komen doe doet doen zeg zegt weet weten krijg krijgt krijgen maak maken hier daar er nu even heel erg
    gewoon alleen graag alsjeblieft bedankt dank gemeente paspoort rijbewijs afspraak vergunning aanvragen huis
    kind kinderen man vrouw moeder vader hulp geld betalen nee ja goed goedemorgen goedemiddag hallo hoi jaar
    dag week maand morgen vandaag gisteren vanavond iemand iets niets net zo veel meer minder weer altijd nooit
    kost kosten medewerker brief formulier binne myn fan hawwe haw jo it wol kin ek mar oan sa dy moat gean gin
    voe eten gie gij nie verhuizing doorgeven aanvraag boete container uittreksel adres melding huur betaald
    bericht bellen wonen woning school werk straat buurt afval gratis in me je kun per hoeveel eigen weg zelf mens ge da w hof getallen geef
    stuur zet binnen hoe beste iemant u ne vrij wijk
"""
_DUTCH = frozenset(_DUTCH_WORDS.split())
_FOREIGN = {
    "en": """i you he she we they my your his her our their the an and or but not what who where when how why which from
        for to with at out about until by without against since are were been have has had can could must may want will
        would go come do does please thank thanks hello need help somebody someone nobody there this that am im dont cant
        it on of if speak english understand letter me get know there her here lost our open tomorrow today morning afternoon how much cost costs pay time find
        live address again someone still anyone because already in front house street broken back next""",
    "de": """ich du er sie wir ihr mich mir dich dir uns euch mein meine dein der die das ein eine und oder aber nicht
        kein keine was wer wo wann wie warum von fur nach mit bei aus uber bis zu ohne gegen zwischen seit ist bin bist
        war waren wird werden habe hast hat haben kann konnen muss mussen darf will mochte soll gehen kommen bitte danke
        hallo guten auf den dem im am zum zur auch noch sich nur schon brauche hilfe jemand deutsch ihnen ihre meinen meinem meiner einen einem dieser diesen wurde
        wurden bekommen verstehe morgen heute kostet leider dass weil wenn wieder nichts wohne""",
    "fr": """je tu il elle nous vous ils elles mon ma mes votre le la les un une des et ou mais pas qui que quoi quand
        comment pourquoi de du pour avec sans sur dans depuis est suis sont etait ai avez ont peux peut faut veux aller
        merci bonjour sil plait au aux ce cette jai besoin aide parle ne se demain aujourdhui quelle quel heure votre vos notre
        etes sommes avons avez perdu voudrais dois doit peux pouvez combien coute cest jaimerais recu lettre ouvert
        ouverts maison enfant enfants toujours plus rien tout tous quand par elle leur me puis parler quelquun quelqu devant dehors semaine prochaine argent manger chez proprietaire""",
    "es": """yo tu ella nosotros ellos mi mis su el los las uno una unos y o pero no que quien donde cuando como por para
        con sin desde es soy son estoy esta tengo tiene puedo quiero necesito hola gracias favor ayuda hablo espanol se lo
        al del muy alguien casa hijos manana hora hoy he ha han perdido entiendo carta quiere puede pueden tenemos estamos
        dias buenos buenas tardes cuanto cuesta nuevo nueva cita hijo hija donde abren todavia tambien porque sobre les
        nos hacer pagar""",
    "it": "io noi voi loro mio mia il lo gli una e ma non che chi dove quando come perche di da per con senza sono sei ho "
    "hai ha posso voglio ciao grazie aiuto parlo italiano della",
    "pt": "eu voce ele ela nos meu minha os as um uma e mas nao que quem onde quando como por para com sem desde sou "
    "estou tenho posso quero preciso ola obrigado obrigada ajuda falo ao da do em",
    "tr": """ben sen biz siz onlar benim bana bir ve ama degil ne kim nerede nasil icin ile var yok istiyorum lazim yardim
        merhaba tesekkur lutfen bilmiyorum gerekiyor cok bu su turkce konusan evim cocuk oglum kizim mi mu olarak nasil
        miyim yapmam anlamiyorum mektup nerde kac saat yarin bugun benim bizim adres adresimi degil hollandaca
        ihtiyacim yardim istiyoruz alabilirim acaba neden niye sonra once gun hafta kayip kaybettim yeni eski evet hayir
        tesekkurler selam iyi gunler olur olarak kadar gibi daha kimse evimin hangi gerekli gelecek icin para param beni istiyor biriyle belgeler kirik bozuk""",
    "pl": """ja ty on ona my wy mi mnie moj moja nie jest sa i lub ale co kto gdzie kiedy jak dlaczego od do z w na bez
        po mam masz ma moge chce prosze dziekuje dzien dobry potrzebuje pomocy czy sie po polsku mowi mowie rozumiem to
        jestem dla moje mojego mojej tego ten ta te ile kosztuje jutro dzis dzisiaj godzinie
        ktorej zgubilem zgubilam nowy nowego prosze pomoc ktos mozna moze mozecie potrzebny list listu otwarte przez za
        jeszcze juz bardzo tez chcialbym chcialabym dom dziecko dzieci pan pani gdzie sa byl byla moim mojego domem domu przed kims porozmawiac pieniedzy jakie dokumenty dowod""",
    "ro": """eu tu el ea noi voi mea meu un o si sau dar nu ce cine unde cand cum de pentru cu fara din este sunt am are
        pot vreau buna ziua multumesc ajutor va rog romana am primit nevoie care la imi sa in ma va vorbesc inteleg aceasta acest pierdut mele meu maine astazi cat
        costa ora puteti pot trebuie scrisoare scrisoarea deschis deschideti casa copil copii copilul vreau as dori iau fac
        nici mai foarte la noi unde cand""",
    "so": "waan aan waxaan ma iyo ku ka u oo waa ayaa baahanahay caawimaad fadlan mahadsanid guri raadinayaa af soomaali "
    "aqaano sida halkan maxaa carruur waxa uu kuma hadlo inaan rabaa i caawi kara karaa maxay goorma goorta halkee xaggee maanta berri warqad "
    "warqadda warqaddan ballan cusub lacag guriga baasaboor kaarkayga ilmaha ilmo qof hadal hadli luuqad waayo anigu gurigu inuu wuxuu soo toddobaadka la loo yahay ah haysto cunto",
    "bg": "az ne sam imam",
    "id": "saya tidak ada dan untuk dengan yang tolong bantu bisa",
}  # fmt: skip
_WORDS = {code: frozenset(text.split()) for code, text in _FOREIGN.items()}
_SIGNS = {
    "tr": re.compile(r"[ğşı]|[iıuü]yor(?:um|sun|uz|lar)?$|(?:acak|ecek)(?:ler|lar)?$|m[ae]lıyım$|m[ae]liyim$"),
    "pl": re.compile(r"[łąęśźżćń]"),
    "ro": re.compile(r"[ășțţ]|^î\w"),
    "es": re.compile(r"ñ|[^e]ción$|^¿"),
    "so": re.compile(
        r"^wax\w|kayga$|kaygii$|tayda$|teena$|keenna$|^ayaan?$|aanay$|nnay$|aynaa$|^sidee|yaal?o$|^cinwaan"
    ),
}
"""Letters and endings that no Dutch word has."""
_READ = 1000
"""Characters that are enough to tell a language by."""
_WORD = re.compile(r"[^\W\d_]+")
_ENOUGH_WORDS = 3
_ENOUGH_SHARE = 0.25
_AT_HOME_IN_DUTCH = frozenset({"en", "fr", "de"})
"""Two words of these are said in Dutch too: "thank you", "mon dieu"."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PERSIAN = frozenset("پچژگکی")
_NOT_ARABIC_NOR_PERSIAN = frozenset("ٹڈڑںےۓڕێۆڵټډړښڼ")
"""Letters of Urdu, Kurdish and Pashto."""
_PERSIAN_WORDS = _words("من است را برای لطفا سلام این هستم دارم باید کنم کمک خانه")
_UKRAINIAN, _RUSSIAN = frozenset("іїєґ"), frozenset("ыэё")
_BULGARIAN_WORDS = _words(
    "не да на за се и съм има искам моля здравейте трябва какво къде кога може ми си от ще в колко отваряте часа"
)
_UKRAINIAN_WORDS = _words("як де що коли мене не я до та це але можна дуже будь ласка потрібен мова")
_RUSSIAN_WORDS = _words(
    "что как где мне я это нужно могу когда здравствуйте пожалуйста или если есть не и у меня по его с на в получил "
    "получила письмо помогите спасибо хочу вас очень"
)


def language_of(text: str) -> str | None:
    """The language of a message that is not Dutch: a code of `NAMES`, or `UNKNOWN`; None for Dutch or too little to tell."""
    text = text[:_READ]
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return None
    others = [character for character in letters if not _latin(character)]
    if len(others) >= len(letters) / 2:
        return _by_script("".join(others), text.lower().split())
    return _by_words(text, _WORD.findall(fold(text).replace("'", "")))


def _by_script(letters: str, words: Sequence[str]) -> str:
    script = unicodedata.name(letters[len(letters) // 2], "").split(" ")[0]
    if script == "ETHIOPIC":
        return "ti"
    own, said = frozenset(letters.lower()), {word.strip(".,!?؟،:;") for word in words}
    if script == "ARABIC":
        if own & _NOT_ARABIC_NOR_PERSIAN:
            return UNKNOWN
        return "fa" if own & _PERSIAN or len(said & _PERSIAN_WORDS) > 1 else "ar"
    if script != "CYRILLIC":
        return UNKNOWN
    if own & _UKRAINIAN:
        return "uk"
    if own & _RUSSIAN:
        return "ru"
    if "ъ" in own:
        return "bg"
    counted = {
        code: len(said & known)
        for code, known in (("bg", _BULGARIAN_WORDS), ("uk", _UKRAINIAN_WORDS), ("ru", _RUSSIAN_WORDS))
    }
    best = max(counted, key=lambda code: counted[code])
    return best if counted[best] else UNKNOWN


def _by_words(text: str, words: Sequence[str]) -> str | None:
    if len(words) < 2:
        return None
    dutch = sum(word in _DUTCH for word in words)
    written = _written(text)
    counted = {
        code: sum(word in known for word in words) + _signs(code, written, known) for code, known in _WORDS.items()
    }
    code = max(counted, key=lambda one: counted[one])
    hits = counted[code]
    if len(words) < _ENOUGH_WORDS:
        return code if hits >= len(words) and not dutch and code not in _AT_HOME_IN_DUTCH else None
    clearly = hits >= 2 and hits > dutch * 1.3 and hits >= len(words) * _ENOUGH_SHARE
    return code if clearly else None


def _written(text: str) -> list[str]:
    """The words with their accents; without names, that begin with a capital inside a sentence."""
    found = re.findall(r"¿?[^\W\d_]+", text)
    return [word.lower() for number, word in enumerate(found) if number == 0 or not word[0].isupper() or text.isupper()]


def _signs(code: str, written: Sequence[str], known: frozenset[str]) -> int:
    """How many words that are not known give a language away."""
    sign = _SIGNS.get(code)
    if sign is None:
        return 0
    return sum(sign.search(word) is not None and _plain(word) not in known for word in written)


def _plain(word: str) -> str:
    if word.isascii():
        return word
    return "".join(unicodedata.normalize("NFD", character)[0] for character in word)


@lru_cache(maxsize=2048)
def _latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")
