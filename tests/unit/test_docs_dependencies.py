"""docs/dependencies.md has a complete row for every direct dependency, and for nothing else."""

import json
import re
import tomllib

from bot.settings import PROJECT_DIR

COLUMNS = 5


def documented() -> dict[str, list[str]]:
    """The cells of each row about a package, by its name; the table of other programs is left out."""
    text = (PROJECT_DIR / "docs" / "dependencies.md").read_text().split("## Programs beside it")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return {row[0]: row for row in rows if row[0] not in {"package", "---"}}


def declared() -> set[str]:
    names = []
    for folder in (PROJECT_DIR, PROJECT_DIR / "bot" / "rasa_server"):
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        names += [*project["dependencies"], *project.get("optional-dependencies", {}).get("dev", [])]
    package = json.loads((PROJECT_DIR / "package.json").read_text())
    python = {re.match(r"[\w.-]+", name)[0] for name in names}  # type: ignore[index]
    return python | {*package["dependencies"], *package["devDependencies"]}


def test_every_direct_dependency_and_no_other_is_explained() -> None:
    assert set(documented()) == declared()


def test_no_cell_is_empty() -> None:
    assert [row for row in documented().values() if len(row) != COLUMNS or not all(row)] == []
