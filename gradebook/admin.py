"""Administration page of the grade book: the school's phrases for remarks. Scores, remarks and petitions have none."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.admin import PlainAdmin
from gradebook.models import RemarkPhrase


@admin.register(RemarkPhrase)
class RemarkPhraseAdmin(PlainAdmin):
    """Those of the school; a teacher's own are the teacher's."""

    list_display = ["text", "band"]
    list_filter = ["band"]
    search_fields = ["text"]
    fields = ["band", "text"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RemarkPhrase]:
        found: QuerySet[RemarkPhrase] = super().get_queryset(request)
        return found.filter(owner=None)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A phrase is no record: nothing refers to it."""
        return self.has_change_permission(request, obj)
