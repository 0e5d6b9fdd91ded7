"""Doing things in the conversation: forms that ask, let themselves be corrected and end in a command."""
