"""What must hold before a site serves with the packs it has now."""

from __future__ import annotations

from django.db.models import Count

from hezhi.flow.cases import api as cases
from hezhi.flow.tasks.contracts import KernelTask
from hezhi.flow.tasks.errors import PackStrandsCases
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.packkit import api as packkit


def packs_rehearse() -> None:
    """Look whether every open case finds what it stands on in the version it goes on with.

    Raises:
        PackStrandsCases: a matter, a claimed outcome or a live task is gone; all findings at once.
    """
    live = Task.objects.filter(LIVE_Q).exclude(element__in=list(KernelTask))
    counted = live.values_list("pack", "element").annotate(Count("id")).order_by("pack", "element")
    gone = [
        f"{stamp} task {element}: {count} tasks"
        for stamp, element, count in counted
        if element not in {one.id for one in packkit.shelf().of(stamp).playbook.tasks}
    ]
    findings = (*cases.cases_stranded(), *gone)
    if findings:
        raise PackStrandsCases(findings=findings)
