from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("grants/waiting/", views.grant_waiting, name="grant_waiting"),
    path("grants/<int:pk>/confirm/", views.grant_confirm, name="grant_confirm"),
    path("incidents/", views.incident_list, name="incident_list"),
    path("incidents/new/", views.incident_new, name="incident_new"),
    path("incidents/<int:pk>/", views.incident_detail, name="incident_detail"),
    path("incidents/<int:pk>/take/", views.incident_take, name="incident_take"),
    path("incidents/<int:pk>/resolve/", views.incident_resolve, name="incident_resolve"),
]
