"""Signing in through another provider (OpenID Connect): authorization code with PKCE, state and nonce.

A province's portal or an office platform is such a provider. Who its ID token names is looked up in the links of
accounts; nothing else it says is believed, least of all a mail address.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hezhi.edge.web.errors import ProviderRefused
from hezhi.kit.outward import CallFailed, call, like

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # none that a client secret could forge
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SECONDS = 10


@dataclass(frozen=True)
class Begun:
    """What must be remembered until the provider sends the browser back; all of it is for one try."""

    address: str
    state: str
    nonce: str
    verifier: str


def provider_is_set() -> bool:
    """Say whether this installation has another provider."""
    return bool(settings.HEZHI.oidc_issuer and settings.HEZHI.oidc_client_id)


def provider_name() -> str:
    return settings.HEZHI.oidc_name or settings.HEZHI.oidc_issuer


def provider_begin(back: str) -> Begun:
    """Return where to send the browser; ``back`` is the address it returns to.

    Raises:
        ProviderRefused: the provider cannot be reached.
    """
    try:
        where = _discover()["authorization_endpoint"]
    except (CallFailed, ValueError, KeyError, TypeError):
        raise ProviderRefused() from None
    nonce, verifier = generate_token(32), generate_token(64)
    with _client(back) as client:
        address, state = client.create_authorization_url(where, nonce=nonce, code_verifier=verifier)
    return Begun(address, state, nonce, verifier)


def provider_subject(*, begun: Begun, state: str, code: str, back: str) -> str:
    """Return the provider's stable name (``sub``) of who came back with ``code``.

    Raises:
        ProviderRefused: the state is not ours, or the provider's answer or ID token does not fit.
    """
    if not (code and state and hmac.compare_digest(state.encode(), begun.state.encode())):
        raise ProviderRefused()
    try:
        found = _discover()
        with _client(back) as client:
            token = client.fetch_token(found["token_endpoint"], code=code, code_verifier=begun.verifier)
        keys = KeySet.import_key_set(_get(found["jwks_uri"]))
        claims = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": settings.HEZHI.oidc_issuer},
            aud={"essential": True, "value": settings.HEZHI.oidc_client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": begun.nonce},
        ).validate(claims)
        if claims.get("azp", settings.HEZHI.oidc_client_id) != settings.HEZHI.oidc_client_id:
            raise ProviderRefused()
    except (CallFailed, AuthlibBaseError, JoseError, ValueError, KeyError, TypeError):
        raise ProviderRefused() from None
    return str(claims["sub"])


def _discover() -> dict[str, Any]:
    issuer = settings.HEZHI.oidc_issuer
    found = _get(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found["issuer"] != issuer:
        raise ValueError("the provider calls itself otherwise")
    return {**found, **{name: like(str(found[name]), issuer) for name in ENDPOINTS}}


def _get(address: str) -> dict[str, Any]:
    found: dict[str, Any] = call("GET", address, seconds=SECONDS).raise_for_status().json()
    return found


def _client(back: str) -> OAuth2Client:
    return OAuth2Client(
        settings.HEZHI.oidc_client_id,
        settings.HEZHI.oidc_client_secret or None,
        scope="openid",
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if settings.HEZHI.oidc_client_secret else "none",
        timeout=SECONDS,
        follow_redirects=False,
    )
