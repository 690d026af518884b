"""What holds from a day until the end of another."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q


class DatedQuerySet(models.QuerySet[models.Model]):
    """Of a model with valid_from and valid_until."""

    def in_force(self, day: date) -> Self:
        """Rows that hold on this day."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
