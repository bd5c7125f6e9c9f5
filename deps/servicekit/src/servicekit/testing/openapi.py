"""Real answers against the generated OpenAPI document."""

from __future__ import annotations

import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator


class Contract:
    """The promises of one running service."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def check(self, response: httpx.Response) -> None:
        """Fail unless the document has this status for this operation, and the body its schema."""
        path, method = self._template(response.request.url.path), response.request.method.lower()
        operation = self.document["paths"].get(path, {}).get(method)
        if operation is None:
            if response.is_error:
                self._check_schema({"$ref": "#/components/schemas/ErrorEnvelope"}, response)
            return
        documented = operation["responses"].get(str(response.status_code))
        assert documented is not None, f"{response.status_code} is not documented for {method} {path}"
        media = response.headers.get("content-type", "").partition(";")[0]
        if not media:
            assert "content" not in documented, f"{response.status_code} of {method} {path} has no content"
            return
        content = documented.get("content", {})
        assert media in content or "*/*" in content, (
            f"{media} is not documented for {response.status_code} of {method} {path}"
        )
        if media == "application/json" and media in content:
            self._check_schema(content[media]["schema"], response)

    def _template(self, path: str) -> str:
        """Return the documented path that an address belongs to; fixed ones come before those with parameters."""
        if path in self.document["paths"]:
            return path
        templates = (known for known in self.document["paths"] if "{" in known)
        return next((known for known in templates if _pattern(known).fullmatch(path)), path)

    def _check_schema(self, schema: dict[str, Any], response: httpx.Response) -> None:
        complete = {**schema, "components": self.document["components"]}
        Draft202012Validator(complete).validate(response.json())


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(piece) for piece in re.split(r"\{\w+\}", template)))


class CheckedClient(httpx.Client):
    """An HTTP client that holds every answer against the document of the service."""

    def __init__(self, base_url: str, **options: Any) -> None:
        super().__init__(base_url=base_url, trust_env=False, **{"timeout": 60.0, **options})
        self._contract: Contract | None = None

    @property
    def contract(self) -> Contract:
        """What the service promises; asked for once."""
        if self._contract is None:
            self._contract = Contract(super().request("GET", "/openapi.json").json())
        return self._contract

    def request(self, *args: Any, **kwargs: Any) -> httpx.Response:
        """Send a request and check its answer."""
        contract = self.contract
        response = super().request(*args, **kwargs)
        if response.request.method in ("GET", "POST") and not response.request.url.path.startswith("/docs"):
            contract.check(response)
        return response
