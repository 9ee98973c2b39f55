"""A synthetic cohort: people who do not exist, with results of plausible shape and a truth that is known."""

from rlslabs.synthetic.export import FORMATS, write_sample
from rlslabs.synthetic.mess import MESS, Mess
from rlslabs.synthetic.people import Drawn, draw_cohort

__all__ = ["FORMATS", "MESS", "Drawn", "Mess", "draw_cohort", "write_sample"]
