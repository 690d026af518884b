"""The addresses of the portal; each app names its own."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from gradebook.api import GradebookViewSet
from schoolops.home import child_health, family, health, power_pages, setup, slip_pages, views
from schoolops.home.styleguide import styleguide

api = SimpleRouter()
api.register("gradebooks", GradebookViewSet, basename="api-gradebook")

urlpatterns = [
    path("", views.root, name="root"),
    path("today/", views.today, name="today"),
    path("home/", family.family_home, name="family_home"),
    path("home/<int:pk>/health/", child_health.child_health, name="child_health"),
    path("powers/", power_pages.power_list, name="power_list"),
    path("powers/denied/", power_pages.denied_list, name="denied_list"),
    path("powers/sign-ins/", power_pages.sign_in_list, name="sign_in_list"),
    path("powers/slips/", slip_pages.staff_slip_list, name="staff_slip_list"),
    path("powers/slips/print/", slip_pages.staff_slip_print, name="staff_slip_print"),
    path("powers/review/", power_pages.review_new, name="review_new"),
    path("powers/review/<int:pk>/", power_pages.review_detail, name="review_detail"),
    path("powers/review/<int:pk>/phu-luc.pdf", power_pages.review_pdf, name="review_pdf"),
    path("powers/<int:pk>/", power_pages.power_detail, name="power_detail"),
    path("more/", views.more, name="more"),
    path("help/", views.guide, name="help"),
    path("me/", views.profile, name="profile"),
    path("styleguide/", styleguide, name="styleguide"),
    path("trang-thai/", health.status, name="status"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("", include("accounts.urls")),
    path("", include("gradebook.urls")),
    path("", include("messaging.urls")),
    path("", include("registry.urls")),
    path("admin/setup/", setup.setup, name="setup"),
    path("admin/setup/<slug:code>/", setup.setup_year, name="setup_year"),
    path("admin/setup/<slug:code>/check/", setup.setup_check, name="setup_check"),
    path("admin/setup/<slug:code>/open/<int:number>/", setup.setup_open, name="setup_open"),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/", include(api.urls)),
    path("admin/", admin.site.urls),
    path("", include("accounts.sign_in")),
]

handler400 = "schoolops.home.errors.bad_request"
handler403 = "schoolops.home.errors.permission_denied"
handler404 = "schoolops.home.errors.page_not_found"
handler500 = "schoolops.home.errors.server_error"
