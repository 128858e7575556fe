from hezhi.flow.rights.tests.factories import subject

__all__ = ["subject"]
