"""An invented town, just large enough for one story: one agency of every kind the pack names.

Its codes lie outside the real division codes. It is written inside the story's transaction, which is
rolled back, so that a story never leaves anything behind, in whatever database it is played.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hezhi.kit.moments import day_of
from hezhi.packkit.shape import Pack
from hezhi.spine.calendar import api as calendar
from hezhi.spine.files import api as files
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

PLACES = (
    ("890000", "故事省", ""),
    ("890100", "故事市", "890000"),
    ("890101", "故事县", "890100"),
    ("890101001000", "故事镇", "890101"),
    ("890101001001", "故事村", "890101001000"),
)
VILLAGE = "890101001001"
OFFICE = "story_office"
OFFICE_ROLES = (Role.DUTY_OFFICER, Role.COORDINATOR, Role.SUPERVISOR, Role.GRID_WORKER)
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc00000030101"
    "0018dd8db00000000049454e44ae426082"
)  # one grey point as PNG
PAPER = "告知书（故事用）\n".encode()


@dataclass(frozen=True)
class Town:
    """``photo`` and ``paper`` are hashes of stored files; ``agencies`` maps a kind to an agency's id."""

    region: str
    region_path: str
    photo: str
    paper: str
    agencies: dict[str, int]
    persons: dict[str, int]  # by kind of agency or by role

    def actor(self, name: str, at: datetime) -> Actor:
        """Return who acts under a kind of agency or a role.

        Raises:
            LookupError: the town has nobody of that name.
        """
        if name not in self.persons:
            raise LookupError(f"the town has no {name!r}; it has {', '.join(sorted(self.persons))}")
        return people.actor_get(person_id=self.persons[name], at=at)


def kinds_of(pack: Pack) -> list[str]:
    """Return every kind of agency that a pack names, sorted."""
    kinds = {kind for matter in pack.matters for kind in (matter.lead, *matter.co, *matter.support)}
    kinds |= {task.by for task in pack.playbook.tasks} | {pack.identity.owners.agency}
    steps = [step for story in pack.stories for step in story.steps]
    kinds |= {step.by for step in steps} | {
        str(step.given.get(name, "")) for step in steps for name in ("to", "propose")
    }
    words = {"", "lead", "co", "support", "reporter", "source", *(role.value for role in Role)}
    return sorted(kinds - words)


def town_make(pack: Pack, at: datetime) -> Town:
    """Write the town; call inside the story's transaction."""
    house, before = Actor.system("stories"), at - timedelta(days=1)
    calendar.calendar_seed()
    regions.regions_load(rows=[RegionSeed(*place) for place in PLACES], by=house, at=before)
    kinds = kinds_of(pack)
    agencies = [AgencySeed(f"story-{kind}", f"故事{kind}", kind, "890101") for kind in (*kinds, OFFICE)]
    officers = [OfficerSeed(f"story.{kind}", f"经办{kind}", f"story-{kind}", Role.HANDLER) for kind in kinds]
    officers += [OfficerSeed(f"story.{role}", f"岗位{role}", f"story-{OFFICE}", role) for role in OFFICE_ROLES]
    people.people_load(agencies=agencies, officers=officers, from_on=day_of(before), by=house, at=before)
    ids = {kind: people.agency_by_code(f"story-{kind}").id for kind in (*kinds, OFFICE)}
    persons = {kind: people.officers(agency_id=ids[kind], at=at)[0].id for kind in kinds}
    persons |= {str(role): people.officers(agency_id=ids[OFFICE], role=role, at=at)[0].id for role in OFFICE_ROLES}
    photo = files.file_put(content=PHOTO, name="photo.png", by=house, at=before).sha256
    paper = files.file_put(content=PAPER, name="paper.txt", by=house, at=before).sha256
    return Town(VILLAGE, regions.region_path(VILLAGE), photo, paper, ids, persons)
