"""A Sheet as a pandas frame whose columns keep their types, also when it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas.api.extensions import ExtensionDtype

    from escai_nb.views.sheet import Cell, Column, Sheet


def frame(sheet: Sheet) -> pd.DataFrame:
    """
    Return all rows of *sheet*, in its order, indexed by the column it joins on.

    Words of a closed set are an ordered category, least first; whole numbers
    are ``Int64``, flags ``boolean``, times ``datetime64[us, UTC]``, all else
    ``string``; what is not known is missing, never a made-up value. What the
    sheet says beside its rows stands in ``attrs``.
    """
    columns = {
        column.name: _series(column, cells)
        for column, cells in zip(sheet.columns, sheet.by_column(), strict=True)
    }
    table = pd.DataFrame(columns, copy=False)
    table.attrs = {"summary": sheet.summary, "notes": list(sheet.notes)}
    return table if sheet.index is None else table.set_index(sheet.index)


def _series(column: Column, cells: Sequence[Cell]) -> pd.Series[Any]:
    """Return *cells* as what `_dtype` says; words by their place, as pandas would look all up."""
    dtype = _dtype(column)
    if isinstance(dtype, pd.CategoricalDtype):
        places: dict[Cell, int] = {word: place for place, word in enumerate(column.categories)}
        codes = [places.get(cell, -1) for cell in cells]
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
    return pd.Series(list(cells), dtype=dtype)


def _dtype(column: Column) -> ExtensionDtype:
    match column.kind:
        case "number":
            return pd.Int64Dtype()
        case "flag":
            return pd.BooleanDtype()
        case "time":
            return pd.DatetimeTZDtype("us", "UTC")
        case "text" | "path" | "code" | "id" | "badge":
            if column.categories:
                return pd.CategoricalDtype(list(column.categories), ordered=True)
            return pd.StringDtype()
        case _:
            assert_never(column.kind)
