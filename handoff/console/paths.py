"""Addresses inside the console; Dutch, as employees see them."""

from __future__ import annotations

from handoff.vocabulary import Role

BASE = "/medewerker"
LOG_IN = f"{BASE}/inloggen"
LOG_OUT = f"{BASE}/uitloggen"
CASES = f"{BASE}/zaken"
OVERVIEW = f"{BASE}/overzicht"
CANNED = f"{BASE}/standaardantwoorden"
REVIEW = f"{BASE}/gemist"
REPORT = f"{BASE}/rapport"
OWN_PASSWORD = f"{BASE}/wachtwoord"
ACCOUNTS = f"{BASE}/beheer/medewerkers"
MUNICIPALITY = f"{BASE}/beheer/gemeente"
ACCOUNTABILITY = f"{BASE}/verantwoording"

_PAGES = (CASES, OVERVIEW, CANNED, REVIEW, REPORT, OWN_PASSWORD, ACCOUNTS, MUNICIPALITY, ACCOUNTABILITY)
"""Where a log-in may lead."""
_HOMES: dict[str, str] = {
    Role.EDITOR: REVIEW,
    Role.ADMINISTRATOR: ACCOUNTS,
    Role.PRIVACY_OFFICER: ACCOUNTABILITY,
}


def case(case_id: str) -> str:
    """The page of one case."""
    return f"{CASES}/{case_id}"


def file(case_id: str, attachment_id: str) -> str:
    """Where a file of a case is fetched."""
    return f"{case(case_id)}/bijlagen/{attachment_id}"


def missed(item_id: str) -> str:
    """The page of one sentence on the review list."""
    return f"{REVIEW}/{item_id}"


def account(account_id: str) -> str:
    """The page of one account."""
    return f"{ACCOUNTS}/{account_id}"


def hours(key: str) -> str:
    """The page on which the weekly hours of the counter, the telephone or a team are changed."""
    return f"{MUNICIPALITY}/tijden/{key}"


def special_day(date: str) -> str:
    """The page on which it is said how a day is that is not as usual; `nieuw` for a day that is still to be chosen."""
    return f"{MUNICIPALITY}/dagen/{date}"


def holidays(year: int) -> str:
    """The page on which the holidays of a year are confirmed."""
    return f"{MUNICIPALITY}/feestdagen/{year}"


def on_call(case_id: str, token: str) -> str:
    """Where whoever is on call says that she has seen an alert."""
    return f"{BASE}/piket/{case_id}/{token}"


def home(role: str) -> str:
    """What somebody with this role sees first."""
    return _HOMES.get(role, CASES)


def page_of(address: str) -> str:
    """The page that a form's address belongs to: that of its case, or the working page."""
    parts = address.removeprefix(CASES).strip("/").split("/")
    return case(parts[0]) if address.startswith(f"{CASES}/") and parts[0] else CASES


def is_inside(address: str) -> bool:
    """Whether `address` is a path of the console, so that a log-in never sends anybody elsewhere."""
    plain = address.isascii() and address.isprintable() and not any(part in address for part in ("\\", " ", ".."))
    inside = any(address == page or address.startswith((f"{page}/", f"{page}?")) for page in _PAGES)
    return plain and inside
