"""Fixtures of the tests of pages."""

from hezhi.edge.web.tests.office import office  # noqa: F401
