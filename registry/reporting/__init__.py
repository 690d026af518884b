"""The fixed forms of the sector: declared in code by the app that has their data, listed here (R7).

A form says what it is, for whom, until when and by which clause; `draw` fills it in for one period. Nothing here reads the
database: the selectors of each app do, and declare their forms when the app is ready.
"""

from registry.reporting.declared import (
    FORMS,
    Anchor,
    Ask,
    Column,
    Drawing,
    Due,
    Problem,
    ReportForm,
    declare,
    form_named,
    forms_of,
)

__all__ = [
    "FORMS",
    "Anchor",
    "Ask",
    "Column",
    "Drawing",
    "Due",
    "Problem",
    "ReportForm",
    "declare",
    "form_named",
    "forms_of",
]
