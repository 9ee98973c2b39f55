"""A synthetic cohort: people who do not exist, with results of plausible shape and a truth that is known."""

from rlslabs.synthetic.export import FORMATS, Sample, format_of, write_sample
from rlslabs.synthetic.groups import GROUPS, PEOPLE
from rlslabs.synthetic.mess import MESS, Mess
from rlslabs.synthetic.people import Drawn, draw_cohort

__all__ = ["FORMATS", "GROUPS", "MESS", "PEOPLE", "Drawn", "Mess", "Sample", "draw_cohort", "format_of", "write_sample"]
