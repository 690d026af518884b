"""Hôm nay: what is due, by when, for this person; every card leads to the exact place (C3)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Window
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.backends import acting_delegation
from accounts.models import Delegation, Incident, User
from accounts.permissions import grants_to_confirm, visible_incidents
from gradebook.models import ScoreColumn
from gradebook.permissions import open_books_denial, set_locks_denial
from gradebook.selectors import corrections, duties
from gradebook.selectors.calendar import current_term, current_year, unopened_books
from messaging.permissions import visible_notifications
from messaging.texts import text_of
from registry.models import TimetableEntry
from registry.permissions import identity_changes_to_decide, keep_data_request_denial
from registry.selectors import duties as register_duties
from registry.selectors import timetables
from registry.selectors.setup.state import count_of
from schoolops.lib.clock import local_day

MAX_CARDS = 7


@dataclass(frozen=True)
class Card:
    """One thing to do. `rank` orders: overdue, due soon, waiting for me, later."""

    rank: int
    due_at: datetime | None
    title: str
    text: str
    url: str
    action: str
    state: str = ""
    extra_url: str = ""
    extra_label: str = ""


@dataclass
class Board:
    """The page: cards in order, three figures for leaders, the latest messages."""

    at: datetime
    cards: list[Card] = field(default_factory=list)
    hidden: int = 0
    figures: list[dict[str, Any]] = field(default_factory=list)
    late: tuple[duties.Duty, ...] = ()
    news: list[Any] = field(default_factory=list)
    unread: int = 0
    next_due: duties.Duty | None = None
    lessons: list[TimetableEntry] = field(default_factory=list)


def board(user: User, at: datetime) -> Board:
    """Everything that this person's day holds."""
    page = Board(at=at)
    cards = [
        *_score_cards(user, at, page),
        *_roster_cards(user, at),
        *_staff_cards(user, at),
        *_data_cards(user, at),
        *_report_cards(user, at),
        *_correction_cards(user, at),
        *_delegation_cards(user, at),
        *_incident_cards(user),
        *_leader_cards(user, at, page),
    ]
    cards.sort(key=lambda card: (card.rank, card.due_at or at))
    page.cards, page.hidden = cards[:MAX_CARDS], max(len(cards) - MAX_CARDS, 0)
    page.lessons = _lessons(user, at)
    # The latest ones, and with each how many there are: the badge above the page asks nothing more.
    unread = visible_notifications(user).filter(read_at__isnull=True).annotate(unread=Window(Count("pk")))
    page.news = list(unread.select_related("message")[:5])
    page.unread = page.news[0].unread if page.news else 0
    for row in page.news:
        row.text = text_of(row.message.kind, row.message.context)
    return page


def _lessons(user: User, at: datetime) -> list[TimetableEntry]:
    """What this person teaches today (C9); nobody else is asked about."""
    if not user.has_perm("gradebook.enter_scores"):
        return []
    return timetables.lessons_on(user, local_day(at))


def _score_cards(user: User, at: datetime, page: Board) -> list[Card]:
    if not user.has_perm("gradebook.enter_scores"):
        return []
    owed = duties.score_entry_of(user, at)
    later = [duty for duty in owed if duty.due_at > at + timedelta(days=14)]
    page.next_due = min(later, key=lambda duty: duty.due_at, default=None)
    return [_score_card(duty, at) for duty in owed if duty.due_at <= at + timedelta(days=14)]


def _score_card(duty: duties.Duty, at: datetime) -> Card:
    late = duty.is_late(at)
    of_remarks = duty.column.is_remark
    page = "gradebook:remark_list" if of_remarks else "gradebook:gradebook_detail"
    lacking = _("Thiếu %(missing)s/%(total)s nhận xét") if of_remarks else _("Thiếu %(missing)s/%(total)s điểm")
    stack = "" if late or of_remarks else reverse("gradebook:column_stack", args=[duty.gradebook_id, duty.column.pk])
    return Card(
        rank=0 if late else 1 if duty.due_at <= at + timedelta(days=3) else 3,
        due_at=duty.due_at,
        title=duty.title,
        text=lacking % {"missing": duty.missing, "total": duty.total},
        url=f"{reverse(page, args=[duty.gradebook_id])}?column={duty.column.code if of_remarks else duty.column.pk}",
        action=_("Xem sổ") if late else _("Viết nhận xét") if of_remarks else _("Nhập điểm"),
        state="overdue" if late else "due_soon" if duty.due_at <= at + timedelta(days=3) else "",
        extra_url=stack,
        extra_label=_("Theo chồng bài"),
    )


def _correction_cards(user: User, at: datetime) -> list[Card]:
    """Petitions: one's own that came back, those to decide on, those to confirm by hand."""
    desk = corrections.desk(user)
    cards = [
        Card(
            rank=1,
            due_at=None,
            title=_("Đề nghị %(petition)s cần bổ sung") % {"petition": petition},
            text=str(petition.gradebook.class_subject),
            url=reverse("gradebook:correction_edit", args=[petition.pk]),
            action=_("Bổ sung và gửi lại"),
            state="returned",
        )
        for petition in desk.returned
    ]
    if desk.to_decide:
        first = desk.to_decide[0]
        is_late = first.due_at is not None and first.due_at <= at
        cards.append(
            Card(
                rank=0 if is_late else 2,
                due_at=first.due_at,
                title=_("Đề nghị điều chỉnh điểm"),
                text=_("%(count)s đề nghị chờ duyệt") % {"count": len(desk.to_decide)},
                url=reverse("gradebook:correction_detail", args=[first.pk]),
                action=_("Xem và quyết định"),
                state="overdue" if is_late else "submitted",
                extra_url=reverse("gradebook:correction_list"),
                extra_label=_("Danh sách"),
            )
        )
    if desk.to_confirm:
        cards.append(
            Card(
                rank=2,
                due_at=None,
                title=_("Điều chỉnh chờ ghi nhận"),
                text=_("%(count)s đề nghị đã duyệt chờ ghi vào sổ") % {"count": len(desk.to_confirm)},
                url=f"{reverse('gradebook:correction_list')}?tab=confirm",
                action=_("Xem và ghi nhận"),
                state="submitted",
            )
        )
    return cards


def _roster_cards(user: User, at: datetime) -> list[Card]:
    """The class lists that this homeroom teacher has not looked over yet."""
    if not user.has_perm("registry.keep_class"):
        return []
    return [
        Card(
            rank=0 if duty.is_late(at) else 1,
            due_at=duty.due_at,
            title=_("Rà soát danh sách lớp %(name)s") % {"name": duty.object.name},
            text=_("Hoàn thiện hồ sơ học sinh rồi xác nhận đã rà soát"),
            url=reverse("registry:roster_detail", args=[duty.object.pk]),
            action=_("Xem danh sách"),
            state="overdue" if duty.is_late(at) else "due_soon",
        )
        for duty in register_duties.roster_reviews_of(user, at)
    ]


def _staff_cards(user: User, at: datetime) -> list[Card]:
    """Changes of staff that the records do not have yet, for those who keep the records."""
    if not user.has_perm("registry.record_staff_changes"):
        return []
    waiting = register_duties.staff_changes(at)
    if not waiting:
        return []
    late = waiting[0].is_late(at)
    return [
        Card(
            rank=0 if late else 2,
            due_at=waiting[0].due_at,
            title=_("Thay đổi nhân sự"),
            text=_("%(count)s thay đổi chờ cập nhật hồ sơ") % {"count": len(waiting)},
            url=reverse("registry:staff_change_list"),
            action=_("Xem và cập nhật"),
            state="overdue" if late else "queued",
        )
    ]


def _report_cards(user: User, at: datetime) -> list[Card]:
    """Reports to the sector that are overdue or asked for within two weeks, for those who make them."""
    if not user.has_perm("registry.make_reports"):
        return []
    near = [duty for duty in register_duties.reports(at) if duty.due_at <= at + timedelta(days=14)]
    if not near:
        return []
    first, late = near[0], near[0].is_late(at)
    return [
        Card(
            rank=0 if late else 2,
            due_at=first.due_at,
            title=_("Báo cáo gửi ngành"),
            text=_("%(count)s báo cáo quá hạn hoặc sắp đến hạn; đầu tiên: %(title)s")
            % {"count": len(near), "title": first.object.form.title},
            url=reverse("registry:report_list"),
            action=_("Xem và lập"),
            state="overdue" if late else "due_soon",
        )
    ]


def _incident_cards(user: User) -> list[Card]:
    if not user.has_perm("accounts.handle_incidents"):
        return []
    waiting = visible_incidents(user).filter(state=Incident.State.NEW).count()
    if not waiting:
        return []
    return [
        Card(
            rank=2,
            due_at=None,
            title=_("Sự cố mới"),
            text=_("%(count)s sự cố chưa có người nhận") % {"count": waiting},
            url=f"{reverse('accounts:incident_list')}?state=new",
            action=_("Xem sự cố"),
            state="queued",
        )
    ]


def _data_cards(user: User, at: datetime) -> list[Card]:
    """Requests of families about data, for whoever answers them (P1-21)."""
    if keep_data_request_denial(user) is not None:
        return []
    return [
        Card(
            rank=0 if duty.due_at <= at else 1,
            due_at=duty.due_at,
            title=_("Yêu cầu về dữ liệu #%(number)s") % {"number": duty.object.pk},
            text=duty.object.get_kind_display(),
            url=reverse("registry:data_request_detail", args=[duty.object.pk]),
            action=_("Trả lời") if duty.object.state == "received" else _("Giải quyết"),
            state="overdue" if duty.due_at <= at else "due_soon",
        )
        for duty in register_duties.data_requests()
    ]


def _delegation_cards(user: User, at: datetime) -> list[Card]:
    """What leaders have delegated to this person, while they do not act under it."""
    if acting_delegation(user) is not None or not user.has_perm("accounts.work_here"):
        return []
    received = Delegation.objects.in_force(at).filter(person=user).select_related("giver")
    return [
        Card(
            rank=2,
            due_at=delegation.ends_at,
            title=_("Được ủy quyền thay %(who)s") % {"who": delegation.giver.get_short_name()},
            text="; ".join(delegation.duty_labels),
            url=reverse("accounts:delegation_list"),
            action=_("Xem và thực hiện thay"),
        )
        for delegation in received
    ]


@dataclass(frozen=True)
class _Waiting:
    """What leaders are told in figures."""

    grants: int
    incidents: int
    drafts: int
    identities: int


def _waiting(user: User) -> _Waiting:
    """One query."""
    counted = {
        "grants": count_of(grants_to_confirm(user)),
        "incidents": count_of(visible_incidents(user).exclude(state=Incident.State.RESOLVED)),
        "drafts": count_of(duties.unpublished_rules()),
        "identities": count_of(identity_changes_to_decide(user)),
    }
    asked = {f"n_{name}": count for name, count in counted.items()}
    rows: QuerySet[Any, Any] = User.objects.filter(pk=user.pk)
    found = rows.values(**asked).get()
    # A set that is empty beforehand, for who may not see it, counts as nothing.
    return _Waiting(**{name: found[f"n_{name}"] or 0 for name in counted})


def _to_decide(waiting: int, **words: str) -> list[Card]:
    """One card for everything of a kind that waits for this leader's word."""
    return [Card(rank=2, due_at=None, state="submitted", **words)] if waiting else []


def _grant_cards(waiting: int) -> list[Card]:
    return _to_decide(
        waiting,
        title=_("Quyền chờ xác nhận"),
        text=_("%(count)s quyền lãnh đạo chờ thầy/cô xác nhận") % {"count": waiting},
        url=reverse("accounts:grant_waiting"),
        action=_("Xem và xác nhận"),
    )


def _identity_cards(waiting: int) -> list[Card]:
    return _to_decide(
        waiting,
        title=_("Đề nghị sửa thông tin học sinh"),
        text=_("%(count)s đề nghị chờ thầy/cô duyệt") % {"count": waiting},
        url=reverse("registry:identity_list"),
        action=_("Xem và duyệt"),
    )


def _leader_cards(user: User, at: datetime, page: Board) -> list[Card]:
    year = current_year(at)
    term = current_term(year, at) if year else None
    if term is None:
        return []
    waiting = _waiting(user)
    cards = [*_grant_cards(waiting.grants), *_identity_cards(waiting.identities)]
    if open_books_denial(user) is None and (count := unopened_books(term)):
        cards.append(
            Card(
                rank=2,
                due_at=None,
                title=_("Mở sổ điểm %(term)s") % {"term": term.get_number_display()},
                text=_("%(count)s lớp – môn chưa có sổ") % {"count": count},
                url=reverse("gradebook:lock_calendar"),
                action=_("Mở sổ"),
            )
        )
    if set_locks_denial(user) is not None:
        return cards
    state = duties.entry_state(ScoreColumn.objects.filter(gradebook__term=term), at)
    page.late = state.late[:10]
    page.figures = [
        {
            "value": state.overdue,
            "label": _("cột quá hạn còn thiếu điểm"),
            "tone": "warn" if state.overdue else "",
            "url": "#late" if state.late else "",
        },
        {"value": state.due_soon, "label": _("cột đến hạn trong 3 ngày"), "tone": "", "url": ""},
        {"value": waiting.incidents, "label": _("sự cố đang mở"), "tone": "", "url": reverse("accounts:incident_list")},
    ]
    if waiting.drafts:
        cards.append(
            Card(
                rank=2,
                due_at=None,
                title=_("Lịch khóa sổ"),
                text=_("%(count)s mốc nháp chưa công bố") % {"count": waiting.drafts},
                url=f"{reverse('gradebook:lock_calendar')}#drafts",
                action=_("Xem và công bố"),
                state="draft",
            )
        )
    return cards
