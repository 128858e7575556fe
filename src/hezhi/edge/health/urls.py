"""The addresses that watching machines ask."""

from __future__ import annotations

from django.urls import path

from hezhi.edge.health import views

app_name = "health"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
