"""Telegram: reads what citizens send to a municipality's bot, and delivers what the outbox owes them."""

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.pace import Pace

__all__ = ["Pace", "TelegramChannel"]
