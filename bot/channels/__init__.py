"""Where citizens write: adapters that turn what they receive into an InboundMessage, and show what was stored."""
