"""Addresses of the HTTP API; whatever is not one of them is told so in the API's own words."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from hezhi.edge.api.errors import NOT_FOUND, Problem
from hezhi.edge.api.site import api


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer 404 as every other refusal of the API."""
    return api.create_response(request, Problem(code="not_found", message=gettext(NOT_FOUND)).model_dump(), status=404)


urlpatterns = [path("v1/", api.urls), re_path(r"", nothing_here)]
