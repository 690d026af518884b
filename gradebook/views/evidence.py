"""The evidence of a petition: files from this computer, the QR code for a phone, the files themselves."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import SignedInRequest
from gradebook import services
from gradebook.models import CorrectionRequest, Evidence
from gradebook.views.corrections import EDIT, own_petition, petition
from schoolops.lib.files import as_attachment, as_inline_image, read
from schoolops.lib.qr import qr_svg
from schoolops.lib.workflow import TransitionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def correction_evidence(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET: the list, asked again while a phone is expected. POST: files from this computer."""
    found = own_petition(request, pk)
    refused: list[str] = []
    if request.method == "POST":
        try:
            refused = services.add_evidence(correction=found, uploads=request.FILES.getlist("files"), by=request.user)
        except TransitionDenied as denied:
            refused = [denied.reason]
        if not request.htmx:
            for words in refused:
                messages.error(request, words)
            return redirect(EDIT, pk)
    return _evidence_list(request, found, refused)


def _evidence_list(request: SignedInRequest, found: CorrectionRequest, refused: Sequence[str] = ()) -> HttpResponse:
    """The list as it is now, and what was not taken."""
    evidence = found.evidence.select_related("file")
    context = {"petition": found, "evidence": evidence, "refused": refused, "is_mine": True}
    return render(request, "gradebook/correction_evidence.html", context)


@require_POST
def evidence_remove(request: SignedInRequest, pk: int, evidence: int) -> HttpResponse:
    found = own_petition(request, pk)
    try:
        services.remove_evidence(evidence=get_object_or_404(Evidence, pk=evidence, request=found), by=request.user)
    except TransitionDenied as denied:
        messages.error(request, denied.reason)
    if not request.htmx:
        return redirect(EDIT, pk)
    return _evidence_list(request, found)


@require_GET
def evidence_file(request: SignedInRequest, pk: int, evidence: int) -> HttpResponseBase:
    """The file itself: pictures were drawn anew and are shown, PDF files are downloads. Asked for by session each time."""
    found = get_object_or_404(Evidence.objects.select_related("file"), pk=evidence, request=petition(request, pk))
    if found.file.media_type == "image/jpeg":
        return as_inline_image(found.file)
    name = f"MinhChung_{found.request_id}_{found.pk}.pdf"
    return as_attachment(read(found.file), filename=name, media_type=found.file.media_type)


@require_POST
def correction_phone(request: SignedInRequest, pk: int) -> HttpResponse:
    """A QR code for one upload from a phone within ten minutes."""
    found = own_petition(request, pk)
    try:
        token = services.open_ticket(correction=found, by=request.user)
    except TransitionDenied as denied:
        raise Http404 from denied
    url = request.build_absolute_uri(f"/e/{token}/")
    context = {"petition": found, "url": url, "qr": qr_svg(url), "minutes": 10}
    return render(request, "gradebook/correction_phone.html" + ("#panel" if request.htmx else ""), context)


@require_POST
def correction_phone_end(request: SignedInRequest, pk: int) -> HttpResponse:
    services.revoke_tickets(correction=own_petition(request, pk), by=request.user)
    return HttpResponse("") if request.htmx else redirect(EDIT, pk)
