"""Rasa SDK actions: what the bot says, decided by what was understood and remembered. They keep nothing."""
