"""Who may do what by which decision, read by leaders and IT staff; the review that the principal signs (A3, A4, A7)."""

import subprocess
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import AccessReview, Grant, User
from accounts.roles import Role
from registry.models import TeachingAssignment
from schoolops.home import powers
from schoolops.lib.workflow import TransitionDenied
from tests.gradebook.test_correction_pages import leader
from tests.support import again, delegation, grant


def now():
    return timezone.now()


def lines(user):
    found = powers.lines_of([user.pk], now()).get(user.pk, [])
    return [(line.label, line.scope, line.decision, line.note) for line in found]


# --- effective powers -------------------------------------------------------------------------------
def test_every_source_names_duty_scope_and_decision(school, cast):
    number = school.decision.number
    assert lines(cast.subject_head) == [("Tổ trưởng chuyên môn", "Toán – Tin", number, "")]
    assert lines(cast.homeroom_teacher) == [("Chủ nhiệm", "7A1", number, "")]
    assert ("Nhập điểm", "Toán – 7A1", number, "") in lines(cast.teacher)
    grant(cast.teacher, Role.CLERK, school.decision, by=cast.it_staff, scope_kind="grade", scope_id=7)
    grant(
        cast.teacher,
        Role.LIBRARIAN,
        school.decision,
        by=cast.it_staff,
        scope_kind="class",
        scope_id=school.classes["7A2"].pk,
    )
    assert {("Văn thư – lưu trữ", "Khối 7", number, ""), ("Thư viện", "Lớp 7A2", number, "")} < set(lines(cast.teacher))
    delegation(cast.principal, cast.teacher, school.decision, "corrections", "locks")
    assert ("Duyệt đề nghị điều chỉnh điểm", "Toàn trường", number, "ủy quyền của Đỗ Thị Mai") in lines(cast.teacher)


def test_what_is_over_or_waits_gives_no_line(school, cast):
    yesterday = timezone.localdate() - timedelta(days=1)
    grant(cast.stranger, Role.VICE_PRINCIPAL, school.decision, by=cast.it_staff)
    ended = grant(cast.stranger, Role.CLERK, school.decision, by=cast.it_staff)
    Grant.objects.filter(pk=ended.pk).update(valid_until=yesterday)
    TeachingAssignment.objects.filter(teacher=cast.teacher).update(valid_until=yesterday)
    assert lines(cast.stranger) == lines(cast.teacher) == []
    others = powers.effective(cast.stranger, now()).others
    assert {found.role for found in others} == {Role.VICE_PRINCIPAL, Role.CLERK}


def test_list_says_how_accounts_are_kept(school, cast):
    User.objects.filter(pk=cast.teacher.pk).update(last_login=now())
    soon = timezone.localdate() + timedelta(days=10)
    Grant.objects.filter(person=cast.subject_head).update(valid_until=soon)
    client = leader(Client(), cast.principal)
    shown = client.get(reverse("power_list")).content.decode()
    assert "Nhập điểm × 2" in shown
    assert "Sắp hết hạn" in shown
    assert "Lâu không dùng" in shown
    assert "chưa bao giờ" in shown
    found = client.get(reverse("power_list"), {"q": "tran thi lan"}).content.decode()
    assert "Trần Thị Lan" in found
    assert "Phan Thị Hoa" not in found


def test_the_page_of_somebody_who_is_no_staff(school, cast):
    """Whoever was refused can be a parent: the link of the list leads to them, too."""
    page = leader(Client(), cast.principal).get(reverse("power_detail", args=[cast.parent.pk])).content.decode()
    assert "Hôm nay người này không có quyền nào." in page


def test_queries_do_not_grow_with_people(school, cast, django_assert_max_num_queries):
    client = leader(Client(), cast.principal)
    for number in range(12):
        more = User.objects.create_user(username=f"gv{number}", password="mat-khau-dai", full_name="Giáo Viên")
        grant(more, Role.LIBRARIAN, school.decision, by=cast.it_staff)
    client.get(reverse("profile"))  # the first request lays down the limits of the session
    with django_assert_max_num_queries(15):
        client.get(reverse("power_list"))


# --- the review -------------------------------------------------------------------------------------
def signed(cast, comment="Đã đối chiếu."):
    found = powers.review(now())
    return services.sign_review(
        lines=found.lines, sha256=found.sha256, seen=found.sha256, comment=comment, by=again(cast.principal)
    )


def test_principal_signs_what_was_read(school, cast):
    client = leader(Client(), cast.principal)
    url = reverse("review_new")
    page = client.get(url).content.decode()
    found = powers.review(now())
    assert found.sha256 in page
    response = client.post(url, {"seen": found.sha256, "comment": "Đã đối chiếu."})
    review = AccessReview.objects.get()
    assert response.url == reverse("review_detail", args=[review.pk])
    assert (review.signed_by, review.comment) == (cast.principal, "Đã đối chiếu.")
    assert powers.digest_of(review.lines) == review.sha256
    assert [line[1:5] for line in review.lines if line[1] == "Lý Văn Tú"] == [
        ["Lý Văn Tú", "Chủ nhiệm", "7A1", "12/QĐ-THCS"]
    ]


def test_what_changed_meanwhile_is_not_signed(school, cast):
    client = leader(Client(), cast.principal)
    found = powers.review(now())
    grant(cast.stranger, Role.CLERK, school.decision, by=cast.it_staff)
    response = client.post(reverse("review_new"), {"seen": found.sha256, "comment": ""})
    assert response.status_code == 422
    assert "Quyền vừa thay đổi" in response.content.decode()
    assert powers.review(now()).sha256 in response.content.decode()
    assert not AccessReview.objects.exists()


def test_only_the_principal_signs(school, cast):
    found = powers.review(now())
    for name in ("vice_principal", "it_staff", "teacher"):
        with pytest.raises(PermissionDenied):
            services.sign_review(
                lines=found.lines, sha256=found.sha256, seen=found.sha256, comment="", by=again(getattr(cast, name))
            )
    with pytest.raises(TransitionDenied):
        services.sign_review(
            lines=found.lines, sha256=found.sha256, seen="0" * 64, comment="", by=again(cast.principal)
        )


def test_next_review_says_what_changed(school, cast):
    signed(cast)
    unchanged = powers.review(now()).changes
    assert unchanged.added == unchanged.gone == []
    grant(cast.stranger, Role.CLERK, school.decision, by=cast.it_staff)
    TeachingAssignment.objects.filter(teacher=cast.teacher, class_subject__item__subject__code="GDTC").update(
        valid_until=timezone.localdate() - timedelta(days=1)
    )
    found = powers.review(now())
    assert [line[1:3] for line in found.changes.added] == [("Bùi Văn Lạ", "Văn thư – lưu trữ")]
    assert [line[1:4] for line in found.changes.gone] == [("Trần Thị Lan", "Nhập điểm", "Giáo dục thể chất – 7A1")]
    shown = leader(Client(), cast.principal).get(reverse("review_new")).content.decode()
    assert "Mới: 1 quyền" in shown
    assert "Đã hết: 1 quyền" in shown


def test_what_was_signed_stays(school, cast):
    signed(cast)
    for attempt in (
        lambda: AccessReview.objects.update(comment="khác"),
        lambda: AccessReview.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            attempt()


def test_annex_is_printed(school, cast, tmp_path):
    review = signed(cast)
    client = leader(Client(), cast.principal)
    response = client.get(reverse("review_pdf", args=[review.pk]))
    assert response["Content-Type"] == "application/pdf"
    paper = tmp_path / "annex.pdf"
    paper.write_bytes(b"".join(response) if response.streaming else response.content)
    text = " ".join(subprocess.check_output(["pdftotext", "-layout", paper, "-"], text=True).split())
    for words in (
        "PHỤ LỤC",
        "Rà soát quyền",
        "Đỗ Thị Mai",
        "Nhập điểm",
        "12/QĐ-THCS",
        review.sha256[:20],
        "Đã đối chiếu.",
    ):
        assert words in text


def test_review_reads_the_same_in_english(school, cast):
    User.objects.filter(pk=cast.principal.pk).update(language="en")
    client = leader(Client(), cast.principal)
    vietnamese = powers.review(now()).sha256
    assert vietnamese in client.get(reverse("review_new")).content.decode()
