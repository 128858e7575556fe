"""All addresses: the HTTP API under ``/api/``, pages under the rest."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("i18n/", include("django.conf.urls.i18n"))]
if find_spec("hezhi.edge.api.urls"):  # build-up only
    urlpatterns.append(path("api/", include("hezhi.edge.api.urls")))
if find_spec("hezhi.edge.web.urls"):  # build-up only
    urlpatterns.append(path("", include("hezhi.edge.web.urls")))
