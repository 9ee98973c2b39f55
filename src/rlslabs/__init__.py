"""Lab results that matter in restless legs syndrome, judged against standard and optimal ranges, with sources."""

from rlslabs.answers import Panel
from rlslabs.catalog import Catalog
from rlslabs.door import interpret
from rlslabs.errors import LabsError
from rlslabs.explanation import Explanation
from rlslabs.facts import Range, Source
from rlslabs.interpretation import Interpretation
from rlslabs.marker import Marker
from rlslabs.model import Issue, Place
from rlslabs.panel import interpret_panel
from rlslabs.reported import LabResult, Patient
from rlslabs.verify import verify

__version__ = "0.1.0"

__all__ = [
    "Catalog",
    "Explanation",
    "Interpretation",
    "Issue",
    "LabResult",
    "LabsError",
    "Marker",
    "Panel",
    "Patient",
    "Place",
    "Range",
    "Source",
    "interpret",
    "interpret_panel",
    "verify",
]
