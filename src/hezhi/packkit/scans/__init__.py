"""Scans: detectors that look over the lake, on whichever engine runs their one definition."""
