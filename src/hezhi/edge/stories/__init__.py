"""Plays the whole stories of a pack through the rooms' doors, on a fixed clock, in an invented town."""
