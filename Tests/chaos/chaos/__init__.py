"""Breaks a running Parley on purpose, and proves from what every client did and saw that no promise broke with it.

Knows Parley by docs/protocol.md and by what its store holds; shares no code with it, nor with its SDK.
"""
