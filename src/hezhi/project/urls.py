"""All addresses: the HTTP API under ``/api/v1/``, pages under the rest."""

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("hezhi.edge.api.urls")),
    path("", include("hezhi.edge.web.urls")),
]
