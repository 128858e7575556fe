"""Engines that run the SELECT of a scan over files of the lake. What they get and give is the same for all."""
