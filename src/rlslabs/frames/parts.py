"""Tables whose rows are not here at once, judged part by part as they are fetched: of Dask, and lazy ones of Polars.

Each part is judged as a whole table is. So the parts are told the same as the rows of a table in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

from rlslabs.frames.fields import EVERY
from rlslabs.frames.matrix import ANSWERS

_FIXED = {(*each.categories,) for each in EVERY.values() if each.categories} | {ANSWERS}


def is_of_dask(frame: object) -> bool:
    """Whether a table is one of Dask, without loading Dask: nobody has one who has not loaded it."""
    dask = sys.modules.get("dask.dataframe")
    return dask is not None and isinstance(frame, dask.DataFrame)


def is_parted(frame: object) -> bool:
    """Whether a table is judged part by part."""
    polars = sys.modules.get("polars")
    return is_of_dask(frame) or (polars is not None and isinstance(frame, polars.LazyFrame))


def by_parts(frame: Any, judge: Callable[[Any], Any]) -> Any:  # noqa: ANN401  the caller's own table
    """The plan that judges each part as it comes; categories that differ from part to part become text."""
    if is_of_dask(frame):

        def judged(part: Any) -> Any:  # noqa: ANN401  a table of pandas
            scored = judge(part)
            kinds = {name: kind.categories for name, kind in scored.dtypes.items() if kind.name == "category"}
            return scored.astype(dict.fromkeys(_differing(kinds, part.columns), "str"))

        return frame.map_partitions(judged, meta=judged(frame._meta))  # noqa: SLF001  where Dask keeps an empty part
    import polars as pl  # noqa: PLC0415  the caller has it

    def judged_batch(part: Any) -> Any:  # noqa: ANN401  a table of Polars
        scored = judge(part)
        kinds = {name: kind.categories for name, kind in scored.schema.items() if isinstance(kind, pl.Enum)}
        return scored.cast(dict.fromkeys(_differing(kinds, part.columns), pl.String))

    schema = judged_batch(pl.DataFrame(schema=frame.collect_schema())).schema
    return frame.map_batches(judged_batch, schema=schema, streamable=True)


def _differing(kinds: dict[str, Any], before: Collection[str]) -> list[str]:
    """The new columns whose categories hang on what they hold."""
    return [name for name, names in kinds.items() if name not in before and (*names,) not in _FIXED]
