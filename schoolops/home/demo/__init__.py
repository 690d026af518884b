"""The demo school: invented people and a half-done term, the same for the same arguments. See `seed.plant`."""

from schoolops.home.demo.plan import Plan, PlanError
from schoolops.home.demo.seed import Summary, plant

__all__ = ["Plan", "PlanError", "Summary", "plant"]
