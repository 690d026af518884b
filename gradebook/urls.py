from django.urls import path

from gradebook.views import books, corrections, locks, phone, verdicts

app_name = "gradebook"
_PETITION = "corrections/<int:pk>"
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
    path("corrections/", corrections.correction_list, name="correction_list"),
    path("corrections/new/", corrections.correction_new, name="correction_new"),
    path("corrections/report/", verdicts.correction_report, name="correction_report"),
    path(f"{_PETITION}/", verdicts.correction_detail, name="correction_detail"),
    path(f"{_PETITION}/edit/", corrections.correction_edit, name="correction_edit"),
    path(f"{_PETITION}/save/", corrections.correction_save, name="correction_save"),
    path(f"{_PETITION}/items/", corrections.correction_item_add, name="correction_item_add"),
    path(f"{_PETITION}/items/<int:item>/remove/", corrections.correction_item_remove, name="correction_item_remove"),
    path(f"{_PETITION}/items/<int:item>/look/", verdicts.correction_look, name="correction_look"),
    path(f"{_PETITION}/discard/", corrections.correction_discard, name="correction_discard"),
    path(f"{_PETITION}/withdraw/", corrections.correction_withdraw, name="correction_withdraw"),
    path(f"{_PETITION}/reopen/", corrections.correction_reopen, name="correction_reopen"),
    path(f"{_PETITION}/evidence/", corrections.correction_evidence, name="correction_evidence"),
    path(f"{_PETITION}/evidence/<int:evidence>/", corrections.evidence_file, name="evidence_file"),
    path(f"{_PETITION}/evidence/<int:evidence>/remove/", corrections.evidence_remove, name="evidence_remove"),
    path(f"{_PETITION}/phone/", corrections.correction_phone, name="correction_phone"),
    path(f"{_PETITION}/phone/end/", corrections.correction_phone_end, name="correction_phone_end"),
    path(f"{_PETITION}/claim/", verdicts.correction_claim, name="correction_claim"),
    path(f"{_PETITION}/decide/", verdicts.correction_decide, name="correction_decide"),
    path(f"{_PETITION}/confirm/", verdicts.correction_confirm, name="correction_confirm"),
    path(f"{_PETITION}/giay.pdf", verdicts.correction_pdf, name="correction_pdf"),
    path("e/<str:token>/", phone.phone_upload, name="phone_upload"),
]
