"""Lab results that matter in restless legs syndrome, judged against standard and optimal ranges, with sources."""

from rlslabs.catalog import Catalog
from rlslabs.door import interpret
from rlslabs.errors import LabsError
from rlslabs.explanation import Explanation
from rlslabs.facts import Range, Source
from rlslabs.interpretation import Interpretation
from rlslabs.marker import Marker
from rlslabs.model import Issue, LabResult, Patient, Place

__version__ = "0.1.0"

__all__ = [
    "Catalog",
    "Explanation",
    "Interpretation",
    "Issue",
    "LabResult",
    "LabsError",
    "Marker",
    "Patient",
    "Place",
    "Range",
    "Source",
    "interpret",
]
