"""Alarms on real sensor readings, each set counted by its own rules beside a simple baseline."""
