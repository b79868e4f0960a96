"""Finds out who sends a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt

from api.guard.tokens.claims import ClaimsError, caller_of
from api.guard.tokens.provider import Provider, ProviderError
from api.problems import ProblemError

if TYPE_CHECKING:
    from api.guard.callers import Caller
    from monitor.access.oidc import OidcSettings

_ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
_LEEWAY = 30
_PARTS = 3
_LONGEST = 16_384


class Tokens:
    """Verifies access tokens (RFC 7519, RFC 9068): signature, issuer, audience and times.

    Only signatures by a private key count: one by a shared secret could be made with a public key
    for its secret, and `none` is no signature.
    """

    def __init__(self, settings: OidcSettings, provider: Provider | None = None) -> None:
        self._settings = settings
        self._provider = provider or Provider(settings.issuer)

    @staticmethod
    def is_one(sent: str) -> bool:
        """Whether a credential has the form of a token: three parts (RFC 7515, 3.1)."""
        return sent.count(".") == _PARTS - 1

    async def caller(self, sent: str) -> Caller:
        """Who sends it.

        Raises
        ------
        ProblemError
            401: it is not a token of this provider for us, or its time is over. 403: it gives no
            scope. 503: the provider's keys cannot be had.
        """
        claims = await self._verified(sent)
        try:
            return caller_of(claims, self._settings)
        except ClaimsError as error:
            raise ProblemError(403, str(error)) from error

    async def _verified(self, sent: str) -> dict[str, Any]:
        try:
            if len(sent) > _LONGEST:
                raise jwt.InvalidTokenError("it is too long")
            key = await self._provider.key(str(jwt.get_unverified_header(sent).get("kid", "")))
            if key is None:
                raise jwt.InvalidTokenError("the provider has no key of its name")
            claims: dict[str, Any] = jwt.decode(
                sent,
                key,
                algorithms=_ALGORITHMS,
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise ProblemError(
                401,
                f"the token is not valid here: {error}",
                headers={"WWW-Authenticate": 'Bearer realm="sidewatch", error="invalid_token"'},
            ) from error
        except ProviderError as error:
            raise ProblemError(503, str(error), headers={"Retry-After": "30"}) from error
        return claims
