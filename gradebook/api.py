"""The grade book over the API: the same services and verdicts as the pages; serializers only shape data."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from gradebook import permissions, services
from gradebook.forms import MAX_TEXT
from gradebook.models import Gradebook, ScoreColumn
from gradebook.selectors.grid import Grid, grid
from gradebook.services import CellChange, CellResult


class UserRequest(Request):
    """A request of a person who signed in; the default permission lets nobody else in."""

    user: User


class ColumnSerializer(serializers.ModelSerializer[ScoreColumn]):
    class Meta:
        model = ScoreColumn
        fields = ["id", "kind", "ordinal", "assessment", "opens_at", "closes_at", "confirmed_at"]


class GradebookSerializer(serializers.ModelSerializer[Gradebook]):
    school_class = serializers.CharField(source="class_subject.school_class.name")
    subject = serializers.CharField(source="class_subject.item.subject.code")
    term = serializers.IntegerField(source="term.number")
    school_year = serializers.CharField(source="term.school_year.code")

    class Meta:
        model = Gradebook
        fields = ["id", "school_class", "subject", "term", "school_year"]


class CellChangeSerializer(serializers.Serializer[CellChange]):
    column = serializers.IntegerField(source="column_id", min_value=1, max_value=2**63 - 1)
    student = serializers.IntegerField(source="student_id", min_value=1, max_value=2**63 - 1)
    text = serializers.CharField(max_length=MAX_TEXT, allow_blank=True)
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    operation = serializers.UUIDField()


class CellResultSerializer(serializers.Serializer[CellResult]):
    column = serializers.IntegerField(source="column_id")
    student = serializers.IntegerField(source="student_id")
    status = serializers.CharField()
    code = serializers.CharField()
    version = serializers.IntegerField()
    error = serializers.CharField()
    text = serializers.CharField(help_text="The words of a remark.")


class ScoreRowSerializer(serializers.Serializer[Any]):
    student = serializers.IntegerField()
    roll_no = serializers.IntegerField()
    scores = serializers.DictField(child=serializers.CharField())


class BookDetailSerializer(serializers.Serializer[Any]):
    book = GradebookSerializer()
    columns = ColumnSerializer(many=True)
    rows = ScoreRowSerializer(many=True)


class GradebookViewSet(viewsets.GenericViewSet[Gradebook]):
    """Books that the signed-in person may read; scores are written by their teacher."""

    serializer_class = GradebookSerializer
    queryset = Gradebook.objects.none()

    request: UserRequest
    lookup_value_regex = r"\d{1,18}"

    def _visible(self) -> QuerySet[Gradebook]:
        return permissions.visible_gradebooks(self.request.user).select_related(
            "class_subject__school_class", "class_subject__item__subject", "term__school_year"
        )

    @extend_schema(responses=GradebookSerializer(many=True))
    def list(self, request: UserRequest) -> Response:
        return Response(GradebookSerializer(self._visible().order_by("pk"), many=True).data)

    @extend_schema(responses=BookDetailSerializer)
    def retrieve(self, request: UserRequest, pk: int) -> Response:
        book = get_object_or_404(self._visible(), pk=pk)
        return Response(BookDetailSerializer(_detail(grid(book))).data)

    @extend_schema(request=CellChangeSerializer(many=True), responses=CellResultSerializer(many=True))
    @action(detail=True, methods=["post"])
    def scores(self, request: UserRequest, pk: int) -> Response:
        """Write cells; each is answered for itself: saved, invalid, locked, conflict, unknown."""
        book = get_object_or_404(self._visible(), pk=pk)
        if reason := permissions.enter_denial(request.user, book):
            raise PermissionDenied(reason)
        cells = CellChangeSerializer(data=request.data, many=True)
        cells.is_valid(raise_exception=True)
        if len(cells.validated_data) > settings.SAVE_MAX_CELLS:
            raise ValidationError(_("Nhiều nhất %(count)s ô một lần.") % {"count": settings.SAVE_MAX_CELLS})
        changes = [CellChange(**cell) for cell in cells.validated_data]
        results = services.save_cells(gradebook=book, changes=changes, by=request.user)
        return Response([CellResultSerializer(result).data for result in results])


def _detail(page: Grid) -> dict[str, Any]:
    return {
        "book": page.gradebook,
        "columns": page.columns,
        "rows": [
            {
                "student": row.student_id,
                "roll_no": row.roll_no,
                "scores": {str(column_id): cell.code for column_id, cell in row.cells.items()},
            }
            for row in page.rows
        ],
    }
