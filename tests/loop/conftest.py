from hezhi.flow.cases.tests.factories import lamps, lamps_committed

__all__ = ["lamps", "lamps_committed"]
