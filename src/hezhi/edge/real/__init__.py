"""The loop on real input that lies beside the project: what ``hezhi real`` does, part by part."""
