"""The commands in a bot's menu, as citizens see them."""

from __future__ import annotations

from telegram import BotCommand

from bot.channels.telegram import texts

COMMANDS = (
    BotCommand("start", texts.START_COMMAND),
    BotCommand("medewerker", texts.PERSON_COMMAND),
    BotCommand("wachtrij", texts.WAITING_COMMAND),
    BotCommand("code", texts.CODE_COMMAND),
    BotCommand("help", texts.HELP_COMMAND),
    BotCommand("privacy", texts.PRIVACY_COMMAND),
    BotCommand("wis", texts.ERASE_COMMAND),
    BotCommand("stop", texts.STOP_COMMAND),
)
