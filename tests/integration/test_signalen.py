"""A report goes to the municipality's Signalen, or to its team: never lost, never sent twice; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot import conversation
from bot.desk import Desk
from bot.engine import Command, EngineTurn
from bot.locatieserver import Locatieserver
from bot.report_delivery import ReportDelivery
from bot.settings import SettingsError
from bot.signalen import Signalen
from handoff import reports
from handoff.bus import Bus
from handoff.outbox import OutboxState
from handoff.tables import AuditLine, Case, Report
from handoff.vault import Vault
from handoff.vocabulary import CaseState
from tests.citizen import application, settings_for
from tests.counter import Citizen, FakeRasa, make_desk
from tests.servers import free_port
from tests.signalen_server import FakeSignalen, signalen
from tests.stage import CITY, Stage, StoppedClock

SENT = "In de Dorpsstraat 12 ligt een gat, mijn nummer is 06 12 34 56 78"
SPOT = {
    "type": "adres",
    "straatnaam": "Dorpsstraat",
    "huisnummer": 12,
    "postcode": "1234AB",
    "woonplaatsnaam": "Voorbeeldstad",
    "centroide_ll": "POINT(5.1214201 52.0907374)",
}


@dataclass
class Counter:
    """The desk with its Signalen, and one citizen who reports something."""

    desk: Desk
    citizen: Citizen
    rasa: FakeRasa
    delivery: ReportDelivery
    there: FakeSignalen

    async def reports(self, *, key: str = "beurt-1", danger: str = "nee", place: str = "bij [adres-1]") -> str:
        """She confirms the form; returns what she hears."""
        about = {"kind": "weg", "category": "Weg", "description": "gat, bel [telefoon-1]", "place": place}
        command = Command("report", f"{key}:report", {**about, "danger": danger})
        self.rasa.reply = EngineTurn((), (), (), (command,), {"turns": 1}, 0)
        return (await self.citizen.asks("ja"))[-1]

    async def rows(self, table: type[Any]) -> Sequence[Any]:
        async with self.desk.database.read() as session:
            return (await session.scalars(select(table))).all()

    async def report(self) -> Report:
        (report,) = await self.rows(Report)
        return report  # type: ignore[no-any-return]


@pytest.fixture
async def there() -> AsyncIterator[FakeSignalen]:
    async with signalen() as fake:
        yield fake


@pytest.fixture
async def counter(stage: Stage, bus: Bus, vault: Vault, clock: StoppedClock, there: FakeSignalen) -> Counter:
    rasa = FakeRasa()
    desk = make_desk(stage.database, bus, vault, clock, rasa)
    client = partial(httpx.AsyncClient, timeout=1.0, trust_env=False)
    system = Signalen(there.url, desk.answers, Locatieserver(there.url, client), client)
    desk = replace(desk, public_space={CITY: system})
    citizen = await Citizen.starts(desk)
    await citizen.asks(SENT)
    return Counter(desk, citizen, rasa, ReportDelivery(desk), there)


async def test_a_report_is_put_in_signalen_as_it_wants_it(counter: Counter) -> None:
    counter.there.found = [SPOT]
    heard = await counter.reports()
    assert await counter.delivery.deliver() == 1
    (got,) = counter.there.got
    report = await counter.report()
    assert got == {
        "source": "online",
        "text": "gat, bel (telefoonnummer weggelaten)\n\nPlek, in de woorden van de melder: bij Dorpsstraat 12\n"
        f"Kenmerk van de melder: {report.reference}",
        "category": {
            "sub_category": "/signals/v1/public/terms/categories/wegen-verkeer-straatmeubilair"
            "/sub_categories/onderhoud-stoep-straat-en-fietspad"
        },
        "location": {
            "geometrie": {"type": "Point", "coordinates": [5.1214201, 52.0907374]},
            "address": {
                "openbare_ruimte": "Dorpsstraat",
                "huisnummer": "12",
                "postcode": "1234AB",
                "woonplaats": "Voorbeeldstad",
            },
        },
        "reporter": {"email": "", "phone": "", "sharing_allowed": False},
        "incident_date_start": "2026-11-23T10:00:00+00:00",
    }
    assert report.reference in heard
    assert (report.state, report.number_there) == (OutboxState.SENT, "SIG-1")
    assert await counter.rows(Case) == []


async def test_the_locatieserver_is_asked_for_the_address_alone_and_within_the_municipality(counter: Counter) -> None:
    await counter.reports()
    await counter.delivery.deliver()
    (asked,) = counter.there.asked
    assert asked["q"] == ["Dorpsstraat 12"]
    assert asked["fq"] == ["type:(adres OR weg)", 'gemeentenaam:"Voorbeeldstad"']


async def test_a_place_that_her_telephone_sent_is_the_point_itself(counter: Counter) -> None:
    await counter.citizen.asks("52.370216, 4.895168")
    heard = await counter.reports(place="[locatie-1]")
    await counter.delivery.deliver()
    (got,) = counter.there.got
    assert got["location"] == {"geometrie": {"type": "Point", "coordinates": [4.895168, 52.370216]}}
    assert "Plek, in de woorden van de melder: 52.370216, 4.895168" in got["text"]
    assert "klopt niet" not in got["text"]
    assert counter.there.asked == []
    assert "- Waar: de plek die u stuurde" in heard


@pytest.mark.parametrize(
    "found",
    [[], [{**SPOT, "straatnaam": "Dorpslaan"}], [{**SPOT, "huisnummer": 14}], [{**SPOT, "centroide_ll": "?"}]],
)
async def test_a_place_that_is_not_surely_found_is_at_the_municipalitys_point_and_says_so(
    counter: Counter, found: list[dict[str, Any]]
) -> None:
    counter.there.found = found
    await counter.reports()
    await counter.delivery.deliver()
    (got,) = counter.there.got
    assert got["location"] == {"geometrie": {"type": "Point", "coordinates": [4.9041, 52.3676]}}
    assert "niet gevonden op de kaart" in got["text"]


async def test_the_citizen_hears_the_number_there(counter: Counter) -> None:
    await counter.reports()
    await counter.delivery.deliver()
    assert "**SIG-1**" in (await counter.citizen.heard())[-1].text


async def test_who_has_ended_the_conversation_is_told_nothing_more(counter: Counter) -> None:
    await counter.reports()
    await conversation.end(counter.desk, counter.citizen.id)
    await counter.delivery.deliver()
    assert "SIG-1" not in (await counter.citizen.heard())[-1].text
    assert (await counter.report()).state == OutboxState.SENT


async def test_a_report_that_is_confirmed_twice_is_sent_once(counter: Counter) -> None:
    assert await counter.reports() == await counter.reports()
    await counter.delivery.deliver()
    await counter.delivery.deliver()
    assert len(counter.there.got) == 1


async def test_a_dangerous_report_goes_to_the_team_at_once(counter: Counter) -> None:
    await counter.reports(danger="ja")
    await counter.delivery.deliver()
    (case,) = await counter.rows(Case)
    assert (case.level, case.team) == ("urgent", "leefomgeving")
    assert counter.there.got == []


async def test_without_a_connection_it_is_sent_again_later_and_once(counter: Counter, clock: StoppedClock) -> None:
    client = partial(httpx.AsyncClient, timeout=1.0, trust_env=False)
    nobody = Signalen(f"http://127.0.0.1:{free_port()}", counter.desk.answers, None, client)
    away = ReportDelivery(replace(counter.desk, public_space={CITY: nobody}))
    await counter.reports()
    assert await away.deliver() == 0
    assert (await counter.report()).state == OutboxState.PENDING
    assert await counter.delivery.deliver() == 0, "not before it is due again"
    clock.advance(reports.FIRST_DELAY_SECONDS)
    assert await counter.delivery.deliver() == 1
    assert len(counter.there.got) == 1


async def test_it_waits_as_long_as_signalen_asks(counter: Counter, clock: StoppedClock) -> None:
    counter.there.does = "busy"
    await counter.reports()
    await counter.delivery.deliver()
    counter.there.does = 201
    clock.advance(39)
    assert await counter.delivery.deliver() == 0
    clock.advance(1)
    assert await counter.delivery.deliver() == 1


async def test_after_an_hour_in_vain_the_team_has_it_under_the_same_reference(
    counter: Counter, clock: StoppedClock
) -> None:
    counter.there.does = 429
    heard = await counter.reports()
    await counter.delivery.deliver()
    clock.advance(reports.GIVE_UP_AFTER.total_seconds())
    await counter.delivery.deliver()
    (case,) = await counter.rows(Case)
    assert case.reference in heard
    assert case.details["place"] == "bij [adres-1]"
    assert "Kwam niet aan in het meldingensysteem: antwoord 429" in case.details["elsewhere"]
    counter.there.does = 201
    clock.advance(3600)
    assert await counter.delivery.deliver() == 0


@pytest.mark.parametrize("status", [400, 403, 404, 302])
async def test_what_signalen_refuses_goes_to_the_team_at_once(counter: Counter, status: int) -> None:
    counter.there.does = status
    await counter.reports()
    await counter.delivery.deliver()
    (case,) = await counter.rows(Case)
    assert (case.state, case.details["elsewhere"].partition(".")[0]) == (
        CaseState.WAITING,
        f"Kwam niet aan in het meldingensysteem: antwoord {status}",
    )
    assert (await counter.report()).state == OutboxState.FAILED


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (500, "antwoord 500"),
        (504, "antwoord 504"),
        ("cut", "de verbinding viel weg"),
        ("silent", "geen antwoord op tijd"),
    ],
)
async def test_what_may_have_arrived_is_not_sent_again_and_the_team_is_told_so(
    counter: Counter, clock: StoppedClock, does: int | str, why: str
) -> None:
    counter.there.does = does
    await counter.reports()
    await counter.delivery.deliver()
    (case,) = await counter.rows(Case)
    assert (
        f"Misschien al in het meldingensysteem ({why}). Zoek daar eerst op {case.reference}."
        in (case.details["elsewhere"])
    )
    taken, counter.there.does = len(counter.there.got), 201
    clock.advance(86_400)
    assert await counter.delivery.deliver() == 0
    assert len(counter.there.got) == taken


async def test_a_process_that_dies_while_sending_leaves_an_uncertain_report(
    counter: Counter, clock: StoppedClock
) -> None:
    await counter.reports()
    report = await counter.report()
    async with counter.desk.database.write() as session:
        await reports.take(session, report.id, holder="een ander", now=clock())
    clock.advance(200)
    assert await ReportDelivery(counter.desk).deliver() == 0
    assert (await counter.report()).state == OutboxState.UNCERTAIN
    (case,) = await counter.rows(Case)
    assert "onderbroken" in case.details["elsewhere"]


async def test_a_report_that_another_process_sends_is_left_alone(counter: Counter, clock: StoppedClock) -> None:
    await counter.delivery.deliver()
    await counter.reports()
    report = await counter.report()
    async with counter.desk.database.write() as session:
        assert await reports.take(session, report.id, holder="een ander", now=clock())
        assert not await reports.take(session, report.id, holder="nog een", now=clock())
    assert await counter.delivery.deliver() == 0
    async with counter.desk.database.write() as session:
        assert await reports.arrived(session, report.id, "SIG-9", holder="nog een", now=clock()) is None
        assert await reports.arrived(session, report.id, "SIG-9", holder="een ander", now=clock()) is not None


async def test_without_signalen_a_report_stands_in_the_teams_queue(counter: Counter) -> None:
    elsewhere = await Citizen.starts(counter.desk, "fictiedam")
    await elsewhere.asks(SENT)
    await replace(counter, citizen=elsewhere).reports()
    (case,) = await counter.rows(Case)
    assert (case.municipality, "elsewhere" in case.details) == ("fictiedam", False)
    assert await counter.rows(Report) == []


async def test_a_municipality_whose_signalen_is_gone_has_its_reports_in_the_queue(counter: Counter) -> None:
    await counter.reports()
    await ReportDelivery(replace(counter.desk, public_space={})).deliver()
    assert [case.kind for case in await counter.rows(Case)] == ["report"]


async def test_erasing_takes_a_report_along_that_was_not_sent(counter: Counter) -> None:
    await counter.reports()
    await conversation.erase(counter.desk, counter.citizen.id)
    assert await counter.delivery.deliver() == 0
    assert await counter.rows(Report) == []
    assert counter.there.got == []


async def test_the_audit_says_what_became_of_it_without_its_words(counter: Counter) -> None:
    await counter.reports()
    await counter.delivery.deliver()
    lines = [line for line in await counter.rows(AuditLine) if line.action.startswith("report")]
    assert [line.action for line in sorted(lines, key=lambda one: one.at)] == ["report", "report_sent"]
    assert all("Dorpsstraat" not in str(line.details) for line in lines)


def test_the_settings_name_a_municipality_that_says_which_category_is_which(
    tmp_path: Path, clock: StoppedClock
) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path}/b.db"
    app = application(settings_for(database, tmp_path, signalen_urls={CITY: "https://s.example"}), clock)
    assert list(app.state.desk.public_space) == [CITY]
    for key in ("fictiedam", "nergensland"):
        with pytest.raises(SettingsError, match=f"names {key}: give it a `signalen:`"):
            application(settings_for(database, tmp_path, signalen_urls={key: "https://s.example"}), clock)
