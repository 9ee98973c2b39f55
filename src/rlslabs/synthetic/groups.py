"""Groups of people whose markers go together in a way of their own, so that every answer and finding is met.

No number here is a finding about people. How large each group is, how old its people are, and the shape within a window
are choices of this project, made so that a test meets every group: none is a prevalence, and nothing may be read from
them. The ends of the windows are limits that the knowledge base publishes, and each group says whose.
"""

from __future__ import annotations

from typing import NamedTuple

from rlslabs.population import Sex

SATURATION = "transferrin_saturation"

PEOPLE = ("adults", "all")
"""Who can be asked for: adults of the ordinary shape, or all groups."""

Window = tuple[float, float]


class Group(NamedTuple):
    """People of one pattern: how many of a hundred, how old, and between which numbers each of their results lies.

    An end of a window belongs to no result of the group: where 15 parts two groups, neither has it. A marker without a
    window has its ordinary shape. Windows are in the units of the markers; iron is made from the saturation and the
    TIBC, so that a saturation is always that of its own sample.
    """

    name: str
    share: int
    windows: dict[str, Window]
    ages: tuple[int, int] = (18, 90)
    sex: Sex | None = None
    sex_known: bool = True
    pregnant: bool = False
    visits: int = 4


GROUPS = (
    Group("ordinary", 30, {}),
    # BCG 2019: ferritin 15-30 "probable" deficiency; saturation from AASM's 20 up to the middle of Mayo's 14-50
    Group("iron-depleted", 7, {"ferritin": (15, 30), SATURATION: (20, 32), "tibc": (330, 400)}),
    # WHO: ferritin below 15; Mayo: saturation below 14, TIBC above 400 (ARUP's and its own unusual value: 450, 600)
    Group("iron-deficient", 7, {"ferritin": (3, 15), SATURATION: (4, 14), "tibc": (400, 520)}),
    # knowledge base 5: saturation below 20, ferritin above 100, TIBC low or low-normal (Mayo 250-400, soft 150)
    Group("inflamed", 7, {"ferritin": (100, 700), SATURATION: (6, 20), "tibc": (180, 280)}),
    # EASL: ferritin above 300 and saturation above 50; above 1,200 the laboratory of Sussex computes no saturation
    Group("iron-overloaded", 7, {"ferritin": (300, 1200), SATURATION: (50, 85), "tibc": (220, 300)}),
    # NICE: below 180 deficient, up to 350 indeterminate; 59 is the lowest real result in the knowledge base
    Group("b12-poor", 7, {"vitamin_b12": (59, 350)}),
    # IOM: below 12 at risk, up to 20 some at risk; 4 is the lowest usual value
    Group("d-poor", 7, {"vitamin_d": (4, 20)}),
    # the optimal ranges of the protocol and beyond: 25-OH-D 50-80 and up to 100; B12 500-900, and above ARUP's 914
    Group("supplemented", 7, {"vitamin_d": (45, 110), "vitamin_b12": (500, 1500)}),
    # knowledge base 9: TIBC rises in pregnancy (how far was not read: a choice); ferritin below and above 30 (Ampath)
    Group("pregnant", 7, {"ferritin": (8, 60), "tibc": (350, 500)}, (18, 45), "female", pregnant=True, visits=1),
    # Mayo's ferritin of boys and girls 6-115 (AASM's 50 lies inside), ARUP's TIBC 250-400, Mayo's saturation 14-50
    Group("children", 7, {"ferritin": (6, 115), SATURATION: (14, 50), "tibc": (250, 400)}, (1, 16), visits=2),
    # around Mayo's upper limits of ferritin, 175 and 328 of women and 409 of men: here the sex decides
    Group("unknown-sex", 7, {"ferritin": (140, 450)}, sex_known=False),
)
