"""The console: where employees see the queue, take conversations over and bring them to an end."""

from handoff.console.app import create_console
from handoff.console.dependencies import ConsoleDependencies, LogInLimit
from handoff.console.look import MunicipalityLook

__all__ = ["ConsoleDependencies", "LogInLimit", "MunicipalityLook", "create_console"]
