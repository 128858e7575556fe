"""NotAllowed is raised by ``require``; see ``hezhi.kit.errors``.

NotAllowed   the actor sees the row but lacks the right
NotFound     the actor may not even know the row exists
"""

from hezhi.kit.errors import NotAllowed, NotFound

__all__ = ["NotAllowed", "NotFound"]
