"""`make audit`: looks for known vulnerabilities in everything that is locked.

An audit that asks nobody finds nothing. So each source of advisories first has to report packages that are known to be
bad; one that does not is no source, and the result is "not audited", exit code 3.

Rasa's environment is past its support and will have findings: it is not exposed (see docs/production.md), and
`setup/accepted_advisories.txt` says for each why it may stay. What is not in that list is a finding.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from setup.locks import PROJECT, PYTHON_LOCKS
from setup.node import Node, find_node

NOT_AUDITED = 3
KNOWN_BAD_PYTHON = "jinja2==2.4.1"
"""CVE-2016-10745 and others."""
KNOWN_BAD_NPM = ("lodash", "4.17.4")
"""CVE-2018-3721 and others."""
ACCEPTED = PROJECT / "setup" / "accepted_advisories.txt"


class NoSourceError(Exception):
    """No advisories can be had here."""


@dataclass(frozen=True)
class Finding:
    """One vulnerability in one locked package."""

    where: str
    package: str
    version: str
    names: frozenset[str]
    """The advisory's identifier and its aliases."""

    def __str__(self) -> str:
        return f"{self.where}: {self.package} {self.version}: {', '.join(sorted(self.names))}"


def audit_python(requirements: Path, where: str) -> list[Finding]:
    """What is known against a file of pinned requirements.

    Raises:
        NoSourceError: the source cannot be asked.
    """
    command = [
        *(sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--no-deps", "--format", "json"),
        *("--progress-spinner", "off", "--requirement", str(requirements)),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(answer.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = answer.stderr.strip().splitlines()[-1:] or ["no answer"]
        raise NoSourceError(reason[0]) from None
    return [
        Finding(where, one["name"], one["version"], frozenset({found["id"], *found["aliases"]}))
        for one in packages
        for found in one.get("vulns", [])
    ]


def audit_npm(folder: Path, node: Node) -> list[Finding]:
    """What is known against the package-lock.json in `folder`.

    Raises:
        NoSourceError: the source cannot be asked.
    """
    command = [*node.npm, "audit", "--json", "--package-lock-only"]
    answer = subprocess.run(command, cwd=folder, env=node.environment(), capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(answer.stdout)
        packages = report["vulnerabilities"]
    except (ValueError, KeyError):
        raise NoSourceError("npm audit gave no report") from None
    return [
        Finding("package-lock.json", name, about["range"], frozenset({str(via["url"]).rsplit("/", 1)[-1]}))
        for name, about in packages.items()
        for via in about["via"]
        if isinstance(via, dict)
    ]


def prove_python_source() -> None:
    """Raises:
    NoSourceError: a package that is known to be bad is not reported.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"{KNOWN_BAD_PYTHON}\n")
        file.flush()
        if not audit_python(Path(file.name), "proof"):
            raise NoSourceError(f"{KNOWN_BAD_PYTHON} was not reported")


def prove_npm_source(node: Node) -> None:
    """Raises:
    NoSourceError: a package that is known to be bad is not reported.
    """
    name, version = KNOWN_BAD_NPM
    root = {"name": "proof", "version": "1.0.0", "dependencies": {name: version}}
    packages = {"": root, f"node_modules/{name}": {"version": version}}
    lock = {"name": "proof", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text(json.dumps(root))
        (Path(folder) / "package-lock.json").write_text(json.dumps(lock))
        if not audit_npm(Path(folder), node):
            raise NoSourceError(f"{name} {version} was not reported")


def accepted() -> frozenset[str]:
    """Identifiers that may stay; each line is an identifier, a space and the reason."""
    lines = ACCEPTED.read_text().splitlines() if ACCEPTED.exists() else []
    return frozenset(line.split()[0] for line in lines if line and not line.startswith("#"))


def main() -> int:
    findings: list[Finding] = []
    try:
        prove_python_source()
        for name in PYTHON_LOCKS:
            findings += audit_python(PROJECT / name, name)
        if (PROJECT / "package-lock.json").exists():
            node = find_node(Path(sys.executable))
            prove_npm_source(node)
            findings += audit_npm(PROJECT, node)
    except NoSourceError as error:
        print(f"not audited: no source of advisories could be asked ({error})")
        return NOT_AUDITED
    may_stay = accepted()
    new = [finding for finding in findings if not finding.names & may_stay]
    for finding in new:
        print(finding)
    print(f"audited: {len(new)} findings, {len(findings) - len(new)} accepted in {ACCEPTED.name}")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
