"""The review of powers that the principal signs (A7)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import AccessReview, User
from schoolops.lib.workflow import TransitionDenied

ReviewLines = list[list[str]]


@transaction.atomic
def sign_review(*, lines: ReviewLines, sha256: str, seen: str, comment: str, by: User) -> AccessReview:
    """Keep what the principal has read and signs: the powers of now with their hash; `seen` is that of the page.

    Raises PermissionDenied for anyone else, TransitionDenied when powers have changed since the page was opened.
    """
    if reason := permissions.sign_review_denial(by):
        raise PermissionDenied(reason)
    if sha256 != seen:
        raise TransitionDenied(_("Quyền vừa thay đổi từ khi mở trang. Đọc lại danh sách rồi ký."))
    return AccessReview.objects.create(signed_by=by, comment=comment.strip(), lines=lines, sha256=sha256)
