"""How a bot introduces itself: its menu, and what Telegram shows before the first message; set at every start."""

from __future__ import annotations

from telegram import Bot, BotCommand, MenuButtonCommands

from bot.channels.telegram import texts
from bot.channels.telegram.api import courtesy
from bot.content import Municipality

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
"""In the order in which citizens see them."""


async def introduce(bot: Bot, where: Municipality) -> None:
    """Register the menu and the descriptions of a municipality's bot; what fails is set at the next start."""
    await courtesy("commands", bot.set_my_commands(COMMANDS))
    await courtesy("menu", bot.set_chat_menu_button(menu_button=MenuButtonCommands()))
    await courtesy("description", bot.set_my_description(texts.description(where)))
    await courtesy("description", bot.set_my_short_description(texts.short_description(where)))
