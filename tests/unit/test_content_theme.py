"""The looks of a municipality: what an editor may write, and how mistakes are pointed out."""

import shutil
from pathlib import Path

import pytest

from bot.content import Content, InvalidContent

PROJECT = Path(__file__).resolve().parents[2]
REAL = PROJECT / "bot" / "content"
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">\n{}\n</svg>\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Content of one municipality that looks as Voorbeeldstad does."""
    (tmp_path / "topics").mkdir()
    shutil.copy(REAL / "phrases.yml", tmp_path)
    town = tmp_path / "municipalities" / "testdorp"
    town.mkdir(parents=True)
    for name in ("gemeente.yml", "logo.svg"):
        shutil.copy(REAL / "municipalities" / "voorbeeldstad" / name, town)
    return tmp_path


def town(folder: Path) -> Path:
    return folder / "municipalities" / "testdorp"


def change(folder: Path, old: str, new: str) -> int:
    """Change gemeente.yml; gives the line that changed."""
    path = town(folder) / "gemeente.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems(folder: Path) -> list[str]:
    with pytest.raises(InvalidContent) as caught:
        Content.load(folder)
    return [str(problem).removeprefix(f"{town(folder)}/") for problem in caught.value.problems]


def test_a_logo_becomes_plain_shapes_with_a_text_instead(folder: Path) -> None:
    where = Content.load(folder).municipality("testdorp")
    assert where.logo is not None
    assert where.logo.name == "svg"
    assert where.logo.attributes == {"viewBox": "0 0 52 52"}
    assert [part.name for part in where.logo.parts] == ["rect", "path", "path"]
    assert where.theme.logo is not None
    assert where.theme.logo.alt.startswith("Logo van")


def test_a_municipality_needs_no_logo_and_no_texts_of_its_own(folder: Path) -> None:
    path = town(folder) / "gemeente.yml"
    kept, _, rest = path.read_text(encoding="utf-8").partition("  logo:")
    path.write_text(kept + rest[rest.index("allowed_origins:") :], encoding="utf-8")
    where = Content.load(folder).municipality("testdorp")
    assert where.logo is None
    assert where.theme.texts.launcher is None


def test_a_logo_without_its_file_is_named_with_its_line(folder: Path) -> None:
    line = change(folder, "file: logo.svg", "file: wapen.svg")
    assert problems(folder) == [f"gemeente.yml:{line}: theme.logo.file: there is no wapen.svg beside this file"]


def test_a_logo_without_a_text_instead_is_refused(folder: Path) -> None:
    change(folder, ', alt: "Logo van Voorbeeldstad: twee huizen aan een plein"', "")
    assert any("theme.logo.alt: Field required" in one for one in problems(folder))


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("<script>alert(1)</script>", "<script> is no plain shape"),
        ('<image href="https://elders.example/x.png"/>', "<image> is no plain shape"),
        ('<path d="M0 0" onclick="alert(1)"/>', "onclick: write colours and lines as attributes"),
        ('<path d="M0 0" style="fill:red"/>', "style: write colours and lines as attributes"),
        ('<path d="M0 0" fill="url(#g)"/>', "fill: a plain colour"),
        ('<path d="M0 0">', "no SVG"),
    ],
)
def test_what_is_no_plain_shape_in_a_logo_is_refused_with_its_line(folder: Path, part: str, says: str) -> None:
    (town(folder) / "logo.svg").write_text(SQUARE.format(part))
    found = problems(folder)
    assert any(one.startswith(("logo.svg:2: ", "logo.svg:3: ")) and says in one for one in found), found


def test_a_logo_that_is_too_large_or_declares_entities_is_refused(folder: Path) -> None:
    (town(folder) / "logo.svg").write_text(SQUARE.format('<path d="' + "M0 0" * 4_000 + '"/>'))
    assert any("too large for a logo" in one for one in problems(folder))
    (town(folder) / "logo.svg").write_text('<!DOCTYPE svg [<!ENTITY a "aaaa">]>\n' + SQUARE.format("<g>&a;</g>"))
    assert any("logo.svg:1: leave out the DOCTYPE" in one for one in problems(folder))


def test_what_a_drawing_program_adds_is_left_out(folder: Path) -> None:
    added = '<metadata><x>y</x></metadata><sodipodi:namedview xmlns:sodipodi="s"/><g id="laag"><path d="M0 0"/></g>'
    (town(folder) / "logo.svg").write_text(SQUARE.format(added))
    logo = Content.load(folder).municipality("testdorp").logo
    assert logo is not None
    assert [(part.name, dict(part.attributes)) for part in logo.parts] == [("g", {})]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('on_primary: "#ffffff"', 'on_primary: "#3a7296"', "theme.on_primary: #3a7296 on primary #1a5276"),
        ('primary: "#1a5276"', 'primary: "#e8e8a0"', "theme.primary: #e8e8a0 on the white of the page"),
        ('accent: "#b9441c"', 'accent: "#ffe08a"', "theme.accent: #ffe08a on the white of the page"),
    ],
)
def test_colours_that_nobody_could_read_are_refused_with_their_line(
    folder: Path, old: str, new: str, says: str
) -> None:
    line = change(folder, f"  {old}", f"  {new}")
    found = problems(folder)
    assert any(one.startswith(f"gemeente.yml:{line}: {says} has a contrast of") for one in found), found
    assert any("at least" in one for one in found)


def test_only_listed_texts_can_be_changed_and_not_at_any_length(folder: Path) -> None:
    line = change(folder, "    launcher: Stel uw vraag", "    knop: Stel uw vraag")
    assert any(one.startswith(f"gemeente.yml:{line}: theme.texts.knop: ") for one in problems(folder))
    change(folder, "    knop: Stel uw vraag", f"    launcher: {'Stel uw vraag ' * 5}")
    assert any(one.startswith(f"gemeente.yml:{line}: theme.texts.launcher: ") for one in problems(folder))
