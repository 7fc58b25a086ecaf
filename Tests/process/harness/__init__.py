"""Starts real Parley processes and talks to them as a stranger would: by docs/protocol.md alone."""
