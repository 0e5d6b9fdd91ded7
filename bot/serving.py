"""How the application is put on the network."""

from __future__ import annotations

import gc
from typing import Any

from bot.channels.socket import MAX_FRAME_BYTES
from bot.settings import Settings

_SECONDS_TO_FINISH = 10
_PING_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 75
"""Longer than our actions and nginx (60 s) keep an idle connection: they never send into one that closes."""


def options(settings: Settings) -> dict[str, Any]:
    """What uvicorn gets beside the application.

    A frame that is too big ends its connection (1009) before it is read whole. Frames are not compressed: a few bytes
    could unfold into megabytes, and messages are short. A line that is dead is dropped within 20 seconds: an employee's
    stream renews her presence for as long as it is open.
    """
    return {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,
        "access_log": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": _SECONDS_TO_FINISH,
        "ws_max_size": MAX_FRAME_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": _PING_SECONDS,
        "ws_ping_timeout": _PING_SECONDS,
    }


def keep_what_stays() -> None:
    """Leave out of later garbage collections what stays for good: answers, expressions, the detector's vocabulary.

    Looking through all of it takes over a tenth of a second, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
