"""What Prometheus reads at /metrics; labels are closed vocabularies, never personal data."""

from prometheus_client import Counter, Gauge, Histogram

TURN_SECONDS = Histogram(
    "balie_turn_seconds",
    "Time of one turn, from reading the message to storing the reply, by who owned the conversation",
    ["owner"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ENGINE_FAILURES = Counter("balie_engine_failures_total", "Turns that Rasa did not answer", ["error"])
DISCARDED_REPLIES = Counter("balie_discarded_replies_total", "Replies that came after the conversation changed hands")
HANDOVERS = Counter("balie_handovers_total", "Cases opened", ["level", "consent"])
MESSAGES_RECEIVED = Counter("balie_messages_received_total", "Citizens' messages stored", ["channel"])
MESSAGES_REPEATED = Counter(
    "balie_messages_repeated_total", "Citizens' messages that had been stored before", ["channel"]
)
TURN_CRASHES = Counter("balie_turn_crashes_total", "Turns that ended in an unexpected error", ["error"])
HOUSEKEEPING_FAILURES = Counter(
    "balie_housekeeping_failures_total", "Parts of a housekeeping round that failed", ["part"]
)
OPEN_SOCKETS = Gauge("balie_open_sockets", "Open WebSocket connections of citizens")
ON_CALL_ALERTS = Counter("balie_on_call_alerts_total", "Alerts about a crisis that nobody picked up", ["result"])
REPORTS = Counter("balie_reports_total", "Reports on public space sent to Signalen", ["result"])
DELIVERIES = Counter("balie_deliveries_total", "Messages handed to a pushing channel", ["channel", "result"])
