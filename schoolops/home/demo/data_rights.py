"""What the demo school asks families, what they answer, two requests about data, and two petitions about birth dates."""

from datetime import timedelta

from accounts import services as accounts
from accounts.models import Decision, Grant, User
from accounts.roles import Role
from registry import services
from registry.models import ConsentUse, DataRequest, Guardianship, SchoolClass, Student
from registry.models.consents import SUGGESTED
from registry.services import Said
from schoolops.home.demo.families import PARENT
from schoolops.home.demo.invented import COMMUNE

ASKED = (ConsentUse.PHOTO_CLASS, ConsentUse.PHOTO_PUBLIC)
PAPER = "Phiếu ký tại cuộc họp phụ huynh đầu năm, cặp hồ sơ chủ nhiệm"
# Of the pupils of the home class, by turns: what family and child said about photos in the class and in public.
ON_PAPER = [(True, True, False), (True, True, True), None, (True, False, False), (False, True, False)]


def ask_families(decision: Decision, home: str) -> None:
    """Texts, answers of the home class on paper, the parent of the demo accounts on the portal, two requests."""
    principal, keeper = (User.objects.get(username=name) for name in ("hieutruong", "phohieutruong"))
    _appoint(decision, keeper, principal)
    texts = {use: services.publish_text(use=use, text=SUGGESTED[use], by=principal).pk for use in ASKED}
    kept = SchoolClass.objects.get(name=home)
    teacher = User.objects.get(username="gvcn")
    ties = Guardianship.objects.not_ended().filter(student__enrollments__school_class=kept, is_contact=True)
    for number, tie in enumerate(ties.select_related("student", "guardian").order_by("student__sort_key")):
        answer = ON_PAPER[number % len(ON_PAPER)]
        if answer is not None and tie.guardian.user_id is None:
            services.answer_consents(student=tie.student, said=_said(texts, tie, answer), by=teacher, paper=PAPER)
    _parent_speaks(texts, keeper)


def ask_about_identity(home: str) -> None:
    """IT staff found two birth dates that differ from the papers: one petition is decided, the other waits."""
    by, leader = (User.objects.get(username=name) for name in ("quantri", "phohieutruong"))
    pupils = Student.objects.filter(enrollments__school_class__name=home, birth_date__isnull=False).order_by("sort_key")
    decided, _waiting = [
        services.ask_identity_change(
            student=student,
            values={
                "full_name": student.full_name,
                "birth_date": student.birth_date - timedelta(days=1),
                "sex": student.sex,
            },
            reason="Ngày sinh trong danh sách đầu năm lệch một ngày so với giấy khai sinh.",
            paper=f"Bản sao giấy khai sinh, UBND {COMMUNE}",
            by=by,
        )
        for student in pupils[10:12]
        if student.birth_date is not None
    ]
    services.approve_identity_change(change=decided, by=leader, comment="Đã đối chiếu bản sao.")


def _appoint(decision: Decision, keeper: User, principal: User) -> None:
    by = User.objects.get(username="quantri")
    given = accounts.give_grant(
        grant=Grant(person=keeper, role=Role.DATA_PROTECTION, decision=decision, valid_from=decision.issued_on), by=by
    )
    accounts.confirm_grant(grant=given, by=principal)


def _said(texts: dict[ConsentUse, int], tie: Guardianship, answer: tuple[bool, bool, bool]) -> list[Said]:
    in_class, child, in_public = answer
    return [
        Said(texts[ConsentUse.PHOTO_CLASS], in_class, tie.guardian),
        Said(texts[ConsentUse.PHOTO_CLASS], child),
        Said(texts[ConsentUse.PHOTO_PUBLIC], in_public, tie.guardian),
    ]


def _parent_speaks(texts: dict[ConsentUse, int], keeper: User) -> None:
    parent = User.objects.get(username=PARENT)
    first, *others = Student.objects.filter(guardianships__guardian__user=parent).order_by("pk")
    said = [
        Said(texts[ConsentUse.PHOTO_CLASS], is_given=True, guardian=parent.guardian),
        Said(texts[ConsentUse.PHOTO_CLASS], is_given=True),
    ]
    services.answer_consents(student=first, said=said, by=parent)
    _settled_request(first, parent, keeper)
    if others:
        text = "Số nhà trong địa chỉ của con ghi nhầm, đúng là số 21 như sổ hộ khẩu cũ."
        _request(others[0], parent, "correct", text)


def _settled_request(student: Student, parent: User, keeper: User) -> None:
    made = _request(student, parent, "other", "Đề nghị không đọc tên con khi chào cờ.")
    taken = services.answer_data_request(
        request=made, by=keeper, comment="Nhà trường đã nhận, sẽ trao đổi với giáo viên chủ nhiệm trong tuần."
    )
    words = "Giáo viên chủ nhiệm và tổng phụ trách đã thống nhất không đọc tên em."
    services.close_data_request(request=taken, step="settle", by=keeper, comment=words)


def _request(student: Student, parent: User, kind: str, text: str) -> DataRequest:
    return services.receive_data_request(student=student, guardian=parent.guardian, kind=kind, text=text, by=parent)
