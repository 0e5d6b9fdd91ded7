"""The route to which Telegram brings updates, when it is not asked for them."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.webhook import LARGEST_BYTES, SECRET_HEADER, NotTelegram

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)


@router.post("/telegram/{municipality}")
async def bring(municipality: str, request: Request) -> PlainTextResponse:
    """200 once it is stored; Telegram brings what got anything else again."""
    telegram: TelegramChannel = request.app.state.telegram
    webhook = telegram.webhook(municipality)
    if webhook is None:
        return PlainTextResponse("no such bot", status_code=404)
    try:
        webhook.check(request.headers.get(SECRET_HEADER, ""))
    except NotTelegram:
        return PlainTextResponse("wrong secret", status_code=401)
    body = await request.body()
    if len(body) > LARGEST_BYTES:
        return PlainTextResponse("too large", status_code=413)
    try:
        await webhook.take_in(body)
    except Exception as error:  # noqa: BLE001 - whatever it is, Telegram has to bring it again
        log.error("telegram.not_stored", municipality=municipality, error=type(error).__name__)
        return PlainTextResponse("not stored", status_code=503)
    return PlainTextResponse("stored")
