"""The part that Evidently does: its presets over our columns, as one HTML page.

Imported in the process that makes reports only: Evidently takes seconds and 300 MB to import.
"""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests import StatTest, register_stattest
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset, ValueStats

from monitor.reports import testing
from monitor.reports.columns import Nominal, Numeric

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = importlib.metadata.version("evidently")

_NUMERIC, _NOMINAL = "sidewatch_ks", "sidewatch_chi_square"


def drift_page(numeric: Sequence[Numeric], nominal: Sequence[Nominal], order: Sequence[str]) -> str:
    """Evidently's page; the columns come in `order`, which holds every label."""
    _register()
    bound = testing.limit(len(order))
    preset = DataDriftPreset(
        columns=list(order),
        num_method=_NUMERIC,
        cat_method=_NOMINAL,
        num_threshold=bound,
        cat_threshold=bound,
        drift_share=_one_of(len(order)),
    )
    current, reference = (_dataset(numeric, nominal, side) for side in ("window", "reference"))
    page: str = Report([preset]).run(current, reference).get_html_str(as_iframe=False)
    return page


def scores_page(columns: dict[str, Any]) -> str:
    """Evidently's page with the statistics and the distribution of each column, by label."""
    frame = pd.DataFrame(columns)
    numbers = [label for label in columns if frame[label].dtype.kind == "f"]
    definition = DataDefinition(
        numerical_columns=numbers,
        categorical_columns=[label for label in columns if label not in numbers],
    )
    report = Report([ValueStats(column=label) for label in columns])
    found = report.run(Dataset.from_pandas(frame, data_definition=definition), None)
    page: str = found.get_html_str(as_iframe=False)
    return page


def _dataset(numeric: Sequence[Numeric], nominal: Sequence[Nominal], side: str) -> Any:
    frame = pd.DataFrame(
        {each.label: getattr(each, side) for group in (numeric, nominal) for each in group}
    )
    definition = DataDefinition(
        numerical_columns=[each.label for each in numeric],
        categorical_columns=[each.label for each in nominal],
    )
    return Dataset.from_pandas(frame, data_definition=definition)


def _one_of(columns: int) -> float:
    """The share of columns from which the whole counts as drifted: the limit allows for their number."""
    return math.floor(1000 / columns) / 1000


def _register() -> None:
    """Our two tests, so that the page marks what the summary says has moved.

    A test gives Evidently its distance, not its p-value: by it the page puts columns in order.
    """
    for name, shown, kind, test in (
        (_NUMERIC, "K-S distance", ColumnType.Numerical, testing.numeric),
        (_NOMINAL, "total variation", ColumnType.Categorical, testing.nominal),
    ):
        register_stattest(StatTest(name, shown, [kind]), _judged(test))


def _judged(test: Callable[[Any, Any], testing.Difference]) -> Callable[..., tuple[float, bool]]:
    def judge(reference: Any, current: Any, _kind: Any, threshold: float) -> tuple[float, bool]:
        found = test(reference.to_numpy(), current.to_numpy())
        return found.distance, found.p_value < threshold

    return judge
