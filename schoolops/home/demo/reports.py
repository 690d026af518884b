"""Reports to the sector: one sent in time and corrected since, one made, one overdue, one asked for earlier than usual."""

from datetime import timedelta

from accounts.models import User
from registry import services
from registry.models import Period, SchoolYear, Submission
from schoolops.home.demo.plan import Plan


def happen(plan: Plan, year: SchoolYear, *, clerk: User, leader: User) -> None:
    """The list of the year as the calendar draws it up, and how far the office has come."""
    services.plan_reports(year=year, by=leader)
    of_start = {
        submission.form: submission for submission in Submission.objects.filter(school_year=year, period=Period.START)
    }
    pupils = services.make_report(submission=of_start["csdl-hoc-sinh"], by=clerk)
    sent = services.send_report(
        submission=pupils, by=clerk, receiver=pupils.receiver, reference="18/BC-THCS", note="Nộp trên trang của ngành."
    )
    services.correct_report(submission=sent, why="Hai em chuyển đến sau ngày gửi", due_on=plan.day(6), by=clerk)
    services.change_due(
        submission=of_start["emis"], due_on=plan.day(3), why="Công văn 45 của UBND xã cho gửi bổ sung", by=leader
    )
    services.make_report(submission=of_start["emis"], by=clerk)
    first_term = Submission.objects.get(school_year=year, form="vnedu-tong-hop", period=Period.TERM1)
    services.change_due(
        submission=first_term,
        due_on=first_term.due_on - timedelta(days=7),
        why="Trường tổng kết học kỳ I sớm một tuần",
        by=leader,
    )
