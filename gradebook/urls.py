from django.urls import path

from gradebook.views import books, locks

app_name = "gradebook"
_COLUMN = "gradebook/<int:pk>/<int:column>/"
urlpatterns = [
    path("classes/", books.class_list, name="class_list"),
    path("gradebook/<int:pk>/", books.gradebook_detail, name="gradebook_detail"),
    path("gradebook/<int:pk>/save/", books.score_save, name="score_save"),
    path("gradebook/<int:pk>/cell/<int:column>/<int:student>/", books.cell_detail, name="cell_detail"),
    path(_COLUMN, books.column_save, name="column_save"),
    path(f"{_COLUMN}checks/", books.column_checks, name="column_checks"),
    path(f"{_COLUMN}verify/", books.column_verify, name="column_verify"),
    path(f"{_COLUMN}confirm/", books.column_confirm, name="column_confirm"),
    path(f"{_COLUMN}stack/", books.column_stack, name="column_stack"),
    path(f"{_COLUMN}readback.pdf", books.column_readback, name="column_readback"),
    path("locks/", locks.lock_calendar, name="lock_calendar"),
    path("locks/rules/new/", locks.rule_new, name="rule_new"),
    path("locks/publish/", locks.rules_publish, name="rules_publish"),
    path("locks/rules/<int:pk>/discard/", locks.rule_discard, name="rule_discard"),
    path("locks/rules/<int:pk>/withdraw/", locks.rule_withdraw, name="rule_withdraw"),
    path("locks/columns/<int:column>/open/", locks.exception_new, name="exception_new"),
    path("locks/exceptions/<int:pk>/end/", locks.exception_end, name="exception_end"),
    path("books/open/", locks.books_open, name="books_open"),
]
