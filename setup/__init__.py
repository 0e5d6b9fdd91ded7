"""Makes the project's two environments. Runs on a bare Python: standard library only."""
