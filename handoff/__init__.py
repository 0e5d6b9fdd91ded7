"""When, to whom and with which context a person takes over a conversation."""
