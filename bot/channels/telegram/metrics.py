"""What Prometheus learns of Telegram; labels are closed vocabularies, never personal data."""

from prometheus_client import Counter

UPDATES = Counter("balie_telegram_updates_total", "Updates from Telegram, by what they were", ["kind"])
POLL_FAILURES = Counter("balie_telegram_poll_failures_total", "Failures while asking for updates", ["error"])
PLACE_NOTICES = Counter(
    "balie_telegram_place_notices_total",
    "Notices of a place in the queue, by what was done and whether it worked",
    ["what"],
)
GIVEN_UP = Counter("balie_telegram_updates_given_up_total", "Updates that could not be taken in")
COURTESY_FAILURES = Counter(
    "balie_telegram_courtesy_failures_total", "Failed requests that carry no message, such as typing", ["what"]
)
