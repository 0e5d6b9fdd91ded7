"""Makes Rasa quiet and private. Import before anything of Rasa: it reads these when it is imported."""

import logging
import os
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[4]


def prepare(home: Path | None = None) -> None:
    """No usage data, no home folder of the person who runs this, no chatter of TensorFlow and SQLAlchemy."""
    home = home or PROJECT_DIR / "var" / "rasa-home"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        RASA_TELEMETRY_ENABLED="false",
        HOME=str(home),
        MPLCONFIGDIR=str(home),
        LOG_LEVEL="WARNING",
        LOG_LEVEL_LIBRARIES="ERROR",
        TF_CPP_MIN_LOG_LEVEL="3",
        CUDA_VISIBLE_DEVICES="-1",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
        RASA_MAX_CACHE_SIZE="0",
    )
    logging.captureWarnings(True)  # libraries past their support warn of each other at every start
    logging.getLogger("py.warnings").setLevel(logging.ERROR)


def quieten() -> None:
    """Log warnings and worse only, structured logs too: at lower levels Rasa logs what citizens type."""
    import rasa.utils.log_utils

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True)
    rasa.utils.log_utils.configure_structlog(logging.WARNING)
    for name in ("rasa", "sanic.root", "sanic.access", "sanic.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("apscheduler", "matplotlib", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
