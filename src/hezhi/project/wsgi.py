"""The door for web servers: pages and the HTTP API."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hezhi.project.settings")
application = get_wsgi_application()
