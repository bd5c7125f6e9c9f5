"""The client of this service's tests."""

from __future__ import annotations

from typing import Any

from servicekit.testing import openapi


class CheckedClient(openapi.CheckedClient):
    """An HTTP client that holds every answer against the document of the service."""

    def run(self, code: str, **fields: Any) -> dict[str, Any]:
        """Run a program; the answer has to be HTTP 200."""
        response = self.post("/api/runner/execute", json={"code": code, **fields})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer
