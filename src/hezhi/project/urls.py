"""All addresses: the HTTP API under ``/api/v1/``, pages under the rest."""

from django.urls import include, path

from hezhi.edge.api.site import api

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", api.urls),
    path("", include("hezhi.edge.web.urls")),
]
