"""Datasets: any table in, the same kind of table out, every row kept and told where it stands or why not.

```python
from rlslabs import frames

scored = frames.score(df, marker="loinc", value="value", unit="unit", sex="sex", age="age")
```
"""

from rlslabs.errors import FrameError
from rlslabs.frames.face import explain, score, score_omop, summary
from rlslabs.frames.tally import Summary
from rlslabs.frames.telling import Told

__all__ = ["FrameError", "Summary", "Told", "explain", "score", "score_omop", "summary"]
