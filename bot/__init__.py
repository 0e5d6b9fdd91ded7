"""What the citizen talks to."""
