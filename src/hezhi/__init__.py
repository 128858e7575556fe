"""Hezhi (和治): a city's shared matters as one accountable closed loop."""
