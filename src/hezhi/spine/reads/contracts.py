"""What a fixed read may be told: the mark that stands for a value."""

from __future__ import annotations

from collections.abc import Callable

Given = Callable[[str], object]
"""``given("case_id")`` stands for the value that callers give under that name."""
