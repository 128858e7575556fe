"""The one table that joins events to handlers, and packs to rooms."""
