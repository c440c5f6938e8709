"""Between frames and numpy: dates as whole days since 1970, and the types of empty columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import pandas_dtype

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Kind = Literal["row", "flag", "text", "date", "whole", "money"]

NONE = -(2**39)
"""The day of an empty cell: before every date."""
FOREVER = 2**39
"""The day a lifetime certification expires: after every date."""

_DTYPES = {
    "row": pandas_dtype("int64"),
    "flag": pandas_dtype("bool"),
    "text": pandas_dtype("str"),
    "date": pandas_dtype("datetime64[us]"),
    "whole": pandas_dtype("Int64"),
    "money": pandas_dtype("Float64"),
}
_EPOCH = date(1970, 1, 1)


def shaped(frame: pd.DataFrame | None, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """Exactly these columns of `frame`, in this order; empty ones where it lacks them."""
    source = pd.DataFrame() if frame is None else frame
    index = pd.RangeIndex(len(source))
    return pd.DataFrame(
        {
            key: _cast(source[key], kind) if key in source else _empty(index, kind)
            for key, kind in kinds.items()
        },
        index=index,
    )


def _empty(index: pd.RangeIndex, kind: Kind) -> pd.Series:
    fill = False if kind == "flag" else 0 if kind == "row" else None
    return pd.Series(fill, index=index, dtype=_DTYPES[kind])


def _cast(series: pd.Series, kind: Kind) -> pd.Series:
    if series.dtype == _DTYPES[kind]:
        return series
    return series.isin([True]).astype("bool") if kind == "flag" else series.astype(_DTYPES[kind])


def flags(series: pd.Series) -> Mask:
    """A bool column as an array."""
    return series.to_numpy(dtype=np.bool_)


def day(value: date) -> int:
    """Days since 1970."""
    return (value - _EPOCH).days


def days(series: pd.Series) -> Ints:
    """Days since 1970 of a date column; NONE where it is empty."""
    dates = series.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(dates), NONE, dates.astype(np.int64))


def dates(values: Ints) -> pd.Series:
    """The date column of days since 1970; NaT for NONE and FOREVER."""
    out = values.astype("datetime64[D]")
    out[(values == NONE) | (values == FOREVER)] = np.datetime64("NaT")
    return pd.Series(out.astype("datetime64[us]"))


def whole(values: Ints, known: Mask) -> pd.Series:
    """An Int64 column; <NA> where not `known`."""
    return pd.Series(pd.arrays.IntegerArray(values.astype(np.int64), ~known))


def words(choices: Sequence[str], codes: Ints) -> pd.Series:
    """The str column that `codes`, indices into `choices`, stand for; NaN for -1."""
    table = pd.array([*choices, None], dtype="str")
    return pd.Series(table.take(codes))
