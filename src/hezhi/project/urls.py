"""All addresses: the HTTP API under ``/api/v1/``, what watches the site, and pages under the rest."""

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("hezhi.edge.api.urls")),
    path("", include("hezhi.edge.health.urls")),
    path("", include("hezhi.edge.web.urls")),
]
handler400 = "hezhi.edge.web.views.errors.bad_request"
handler403 = "hezhi.edge.web.views.errors.forbidden"
handler404 = "hezhi.edge.web.views.errors.not_found"
handler500 = "hezhi.edge.web.views.errors.broken"
