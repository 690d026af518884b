"""The page behind the QR code: one upload for one petition, without signing in. It shows nothing of the petition."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from gradebook import services


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def phone_upload(request: HttpRequest, token: str) -> HttpResponse:
    """GET: the form while the code holds. POST: the one upload; afterwards the code is worth nothing."""
    if services.ticket_of(token) is None:
        return render(request, "gradebook/phone_upload.html", {"state": "ended"}, status=410)
    if request.method != "POST":
        return render(request, "gradebook/phone_upload.html", {"state": "open", "refused": []})
    uploads = request.FILES.getlist("files")
    refused = services.upload_by_ticket(token=token, uploads=uploads) if uploads else []
    if refused is None:
        return render(request, "gradebook/phone_upload.html", {"state": "ended"}, status=410)
    kept = len(uploads) - len(refused)
    context = {"state": "sent" if kept else "open", "kept": kept, "refused": refused, "nothing": not uploads}
    return render(request, "gradebook/phone_upload.html", context, status=200 if kept else 422)
