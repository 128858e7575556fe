from hezhi.flow.cases.tests.factories import lamps

__all__ = ["lamps"]
