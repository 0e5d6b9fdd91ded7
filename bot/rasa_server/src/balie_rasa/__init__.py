"""Balie's part inside Rasa: connector, stateless tracker store and language understanding.

Runs in bot/rasa_server/.venv only and shares no code with the rest of the project.
"""
