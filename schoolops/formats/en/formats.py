"""English texts on Vietnamese data: the same order of day and month, so that one form reads one way."""

from schoolops.formats.vi.formats import *  # noqa: F403

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
