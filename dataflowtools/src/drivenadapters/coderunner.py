"""The service that runs code, for the packages that its code may import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from servicekit import current_request

from errors import CoderunnerDown
from logics.packages import PassedOn

_INSTALL_SECONDS = 900.0
_LIST_SECONDS = 30.0
_CONNECT_SECONDS = 5.0


class HttpPackageInstaller:
    """Satisfies the port ``PackageInstaller``."""

    def __init__(self, url: str, api_key: str = "", *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def install(self, request: Mapping[str, Any]) -> PassedOn:
        """See the port."""
        return await self._ask("POST", "/api/pypkg/install", _INSTALL_SECONDS, json=dict(request))

    async def list(self, environment: str) -> PassedOn:
        """See the port."""
        params = {"environment": environment} if environment else {}
        return await self._ask("GET", "/api/pypkg/list", _LIST_SECONDS, params=params)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, method: str, path: str, seconds: float, **content: Any) -> PassedOn:
        context = current_request.get()
        headers = {**self._headers, **(context.outbound_headers() if context else {})}
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        try:
            answer = await self._connected().request(
                method, self._url + path, headers=headers, timeout=timeout, **content
            )
            body = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as reason:
            raise CoderunnerDown(f"no answer from {self._url}: {str(reason) or type(reason).__name__}") from reason
        if not isinstance(body, dict) or "status" not in body:
            raise CoderunnerDown(f"{self._url} answered {answer.status_code} with something else than an envelope")
        return PassedOn(answer.status_code, body, answer.headers.get("Retry-After", ""))

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            # The address is the operator's: no proxy of the environment stands between.
            self._client = httpx.AsyncClient(trust_env=False, transport=self._transport)
        return self._client
