"""Sends the alert about a crisis that nobody picked up, by webhook and by e-mail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx
import structlog

from bot.desk import Desk
from bot.metrics import ON_CALL_ALERTS
from bot.settings import Settings
from handoff import on_call
from handoff.console import paths
from handoff.hours import AMSTERDAM
from handoff.on_call import Alert

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Told:
    """One alert in words: nothing of what the citizen wrote, nor who she is."""

    alert: Alert
    municipality: str
    case_address: str
    seen_address: str

    @property
    def text(self) -> str:
        since = self.alert.since.astimezone(AMSTERDAM)
        why = "Er is geen medewerker aanwezig" if self.alert.nobody_there else "Nog niemand pakte het op"
        return (
            f"{self.municipality}: een inwoner in nood wacht op een mens, sinds {since:%H.%M} uur. {why}.\n"
            f"Zaak {self.alert.reference}. Melding {self.alert.times}.\n"
            f"Neem het gesprek over: {self.case_address}\n"
            f"Gezien? Stop deze meldingen: {self.seen_address}"
        )

    @property
    def body(self) -> dict[str, object]:
        """For a webhook: `text` is what chat systems show, the rest is for programs."""
        return {
            "text": self.text,
            "gemeente": self.alert.municipality,
            "zaak": self.alert.reference,
            "niveau": "crisis",
            "sinds": self.alert.since.isoformat(),
            "melding": self.alert.times,
            "openen": self.case_address,
            "gezien": self.seen_address,
        }


@dataclass
class OnCall:
    """Looks for crises that nobody picked up, and tells whom each municipality named."""

    desk: Desk
    settings: Settings
    client: Callable[[], httpx.AsyncClient] = field(
        default=lambda: httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False)
    )

    async def call(self) -> int:
        """Send what is due; returns how many alerts reached somebody."""
        async with self.desk.database.read() as session:
            waiting = await on_call.candidates(session)
        reached = 0
        for case_id in waiting:
            now = self.desk.clock()
            async with self.desk.database.write() as session:
                alert = await on_call.take(session, case_id, now=now)
            if alert is None:
                continue
            ways = self._ways(alert)
            if any([await way for way in ways]):
                reached += 1
                ON_CALL_ALERTS.labels("sent").inc()
                continue
            ON_CALL_ALERTS.labels("failed" if ways else "nobody").inc()
            again_after = on_call.AFTER_FAILURE if ways else on_call.AGAIN_AFTER
            async with self.desk.database.write() as session:
                await on_call.failed(session, alert, now=now, again_after=again_after)
        return reached

    def _ways(self, alert: Alert) -> list[Awaitable[bool]]:
        """Every way that the municipality has, each true when it took the alert."""
        where = alert.municipality
        webhook, address = self.settings.on_call_webhooks.get(where), self.settings.on_call_emails.get(where)
        if webhook is None and address is None:
            log.error("on_call.nobody", municipality=where, case=alert.reference, advice="docs/settings.md, on call")
        told = self._in_words(alert)
        ways: list[Awaitable[bool]] = []
        if webhook is not None:
            ways.append(self._by_webhook(webhook.get_secret_value(), told))
        if address is not None:
            ways.append(self._by_email(address, told))
        return ways

    def _in_words(self, alert: Alert) -> Told:
        token = on_call.token(self.desk.vault, alert.case_id)
        return Told(
            alert,
            self.desk.municipality(alert.municipality).full_name,
            f"{self.settings.public_url}{paths.case(alert.case_id)}",
            f"{self.settings.public_url}{paths.on_call(alert.case_id, token)}",
        )

    async def _by_webhook(self, url: str, told: Told) -> bool:
        try:
            async with self.client() as client:
                (await client.post(url, json=told.body)).raise_for_status()
        except httpx.HTTPError as error:
            log.error("on_call.webhook_failed", case=told.alert.reference, error=type(error).__name__)
            return False
        return True

    async def _by_email(self, address: str, told: Told) -> bool:
        server = urlsplit(self.settings.smtp_url.get_secret_value() if self.settings.smtp_url else "")
        message = EmailMessage()
        message["From"] = self.settings.smtp_from or address
        message["To"] = address
        message["Subject"] = f"Balie: inwoner in nood wacht ({told.alert.reference})"
        message.set_content(told.text)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.hostname,
                port=server.port,
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                timeout=_TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            log.error("on_call.email_failed", case=told.alert.reference, error=type(error).__name__)
            return False
        return True
