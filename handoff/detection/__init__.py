"""Reads a conversation and says whether a person is needed, how soon and why. Knows no database and no web."""

from handoff.detection.assessment import Assessment, Level, NluSignals, Reason, Role, Trigger, Turn
from handoff.detection.detector import Detector

__all__ = ["Assessment", "Detector", "Level", "NluSignals", "Reason", "Role", "Trigger", "Turn"]
