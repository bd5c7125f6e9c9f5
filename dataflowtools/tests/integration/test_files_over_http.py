"""Uploads, downloads, lists and deletion over HTTP, on the embedded defaults and on real servers."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import httpx
import pytest
from servicekit.testing.openapi import CheckedClient

from harness.service import RunningService
from harness.uploads import download, error_code, raw_connection, upload, upload_head

NAMES = ["report.txt", "汇总 ä (1).txt", "a'b,c;d.txt", "emoji 👩🏽‍🚀.txt", "עברית.txt", "100%25.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_back_as_it_went_with_its_name(client: CheckedClient, name: str) -> None:
    content = os.urandom(70_000)
    file = upload(client, name, content, description="what it is")
    assert file["name"] == name
    assert file["size"] == 70_000
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    answer = download(client, file["file_id"])
    assert answer.content == content
    assert answer.headers["content-length"] == "70000"
    assert _name_in(answer) == name
    known = client.get(f"/api/file/{file['file_id']}").json()["result"]
    assert {field: known[field] for field in file if field != "warnings"} == {
        field: value for field, value in file.items() if field != "warnings"
    }


def _name_in(answer: httpx.Response) -> str:
    from urllib.parse import unquote

    header = answer.headers["content-disposition"]
    if "filename*=" in header:
        return unquote(header.partition("filename*=UTF-8''")[2])
    return header.partition('filename="')[2].rstrip('"')


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("e\u0301.txt", "é.txt"),
        ("con.txt", "_con.txt"),
        ("...", "file"),
        ("ä" * 200 + ".txt", "ä" * 125 + ".txt"),
    ],
)
def test_unsafe_names_are_made_safe_and_the_caller_is_told(client: CheckedClient, sent: str, kept: str) -> None:
    answer = client.post("/api/file/upload", params={"name": sent}, content=b"abc")
    assert answer.status_code == 201
    assert answer.json()["result"]["name"] == kept
    assert "name was changed" in answer.json()["result"]["warnings"][0]


def test_a_raw_body_is_a_file_named_in_the_query_or_the_header(client: CheckedClient) -> None:
    header = {"Content-Disposition": "attachment; filename=\"x.txt\"; filename*=UTF-8''%E2%82%AC.txt"}
    by_header = client.post("/api/file/upload", content=b"abc", headers=header, params={"tags": ["r1", "r2,r3"]})
    by_query = client.post("/api/file/upload?name=a.txt&description=d", content=iter([b"a", b"bc"]))
    assert by_header.json()["result"]["name"] == "€.txt"
    assert by_header.json()["result"]["tags"] == ["r1", "r2", "r3"]
    assert by_query.json()["result"]["size"] == 3
    assert by_query.json()["result"]["description"] == "d"


def test_several_files_are_stored_with_the_same_tags_and_description(client: CheckedClient) -> None:
    files = [("file", ("a.txt", b"a")), ("files", ("b.txt", b"b")), ("anything", ("empty.txt", b""))]
    answer = client.post("/api/file/upload", files=files, data={"tags": '["one","two"]', "description": "three"})
    assert answer.status_code == 201
    found = answer.json()["files"]
    assert answer.json()["result"] == found
    assert [(file["name"], file["size"]) for file in found] == [("a.txt", 1), ("b.txt", 1), ("empty.txt", 0)]
    assert {(tuple(file["tags"]), file["description"]) for file in found} == {(("one", "two"), "three")}
    assert download(client, found[2]["file_id"]).content == b""


BAD_BODIES = {
    "no boundary": ("multipart/form-data", b"x"),
    "not multipart": ("multipart/form-data; boundary=b", b"hello"),
    "cut off": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a'),
    "without its end": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    ),
    "no name": ("multipart/form-data; boundary=b", b"--b\r\nX: y\r\n\r\nabc\r\n--b--\r\n"),
    "no file": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="tags"\r\n\r\nabc\r\n--b--\r\n',
    ),
    "unknown field": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="colour"\r\n\r\nabc\r\n--b--\r\n',
    ),
    "huge header": (
        "multipart/form-data; boundary=b",
        b"--b\r\nX-Long: " + b"y" * 20_000 + b"\r\n\r\nabc\r\n--b--\r\n",
    ),
    "tags that are no list": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="tags"\r\n\r\n[1, {}\r\n--b--\r\n',
    ),
    "raw without a name": ("application/octet-stream", b"x"),
}


@pytest.mark.parametrize("what", BAD_BODIES)
def test_a_bad_body_is_a_400_that_says_what_is_wrong(service: RunningService, what: str) -> None:
    content_type, body = BAD_BODIES[what]
    before = _total(service)
    answer = service.client.post("/api/file/upload", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]
    assert _total(service) == before


def test_the_offending_field_is_named(client: CheckedClient) -> None:
    answer = client.post("/api/file/upload", files={"file": ("a", b"a")}, data={"colour": "red"})
    assert [item["field"] for item in answer.json()["error"]["details"]] == ["colour"]
    answer = client.post("/api/file/upload", files={"file": ("a", b"a")}, data={"tags": "x" * 65})
    assert [item["field"] for item in answer.json()["error"]["details"]] == ["tags"]
    answer = client.post("/api/file/upload", files={"file": ("a", b"a")}, data={"description": "x" * 4001})
    assert [item["field"] for item in answer.json()["error"]["details"]] == ["description"]


def _total(service: RunningService) -> int:
    return int(service.client.get("/api/file/list").json()["result"]["total"])


@pytest.mark.parametrize("chunked", [True, False])
def test_a_file_over_the_limit_is_a_413_that_names_the_setting(service: RunningService, chunked: bool) -> None:
    before = _total(service)
    content: Any = iter([bytes(100_000)] * 20) if chunked else bytes(2_000_000)
    answer = service.client.post("/api/file/upload?name=a", content=content)
    assert (answer.status_code, error_code(answer)) == (413, "too_large")
    assert "MAX_FILE_MB" in answer.text
    answer = service.client.post("/api/file/upload", files={"file": ("a", bytes(1_200_000))})
    assert answer.status_code == 413
    assert _total(service) == before


def test_a_body_over_the_limit_is_a_413_ahead_of_its_end(service: RunningService) -> None:
    with raw_connection(service.url) as connection:
        connection.sendall(upload_head(10_000_000))
        assert b" 413 " in connection.recv(1000)
    answer = service.client.post("/api/file/upload", files=[("file", ("a", bytes(1_000_000)))] * 4)
    assert answer.status_code == 413
    assert "MAX_UPLOAD_MB" in answer.text


def test_too_many_files_are_refused(client: CheckedClient) -> None:
    answer = client.post("/api/file/upload", files=[("file", (str(number), b"x")) for number in range(5)])
    assert answer.status_code == 400
    assert "MAX_UPLOAD_FILES" in answer.text


def test_pages_of_other_sites_cannot_upload(client: CheckedClient) -> None:
    answer = client.post("/api/file/upload", files={"file": ("a", b"a")}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_a_compressed_body_is_refused_rather_than_stored_as_it_is(client: CheckedClient) -> None:
    answer = client.post("/api/file/upload?name=a", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, error_code(answer)) == (415, "unsupported_media_type")


def test_an_empty_file_is_stored_and_the_caller_is_told(client: CheckedClient) -> None:
    assert upload(client, "empty.txt", b"")["warnings"] == ["the file is empty"]


def test_a_browser_never_runs_what_is_downloaded(client: CheckedClient) -> None:
    file = upload(client, "evil.html", b"<html><script>alert(1)</script></html>")
    for query in ("", "?inline=true"):
        answer = client.get(f"/api/file/download/{file['file_id']}{query}")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["content-disposition"].startswith("inline" if query else "attachment")


def test_an_unchanged_file_is_not_sent_again(client: CheckedClient) -> None:
    file_id = upload(client, "a.txt", b"abc")["file_id"]
    etag = download(client, file_id).headers["etag"]
    for header in (etag, f'"other", W/{etag}', "*"):
        answer = client.get(f"/api/file/download/{file_id}", headers={"If-None-Match": header}, params={})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["etag"] == etag
    assert download(client, file_id, **{"If-None-Match": '"other"'}).status_code == 200


DIGITS = b"0123456789"


@pytest.mark.parametrize(
    ("asked", "content", "told"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-100", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-100", DIGITS, "bytes 0-9/10"),
        ("bytes=10-, 1-2", b"12", "bytes 1-2/10"),
    ],
)
def test_a_range_is_a_206(client: CheckedClient, asked: str, content: bytes, told: str) -> None:
    answer = download(client, upload(client, "a", DIGITS)["file_id"], Range=asked)
    assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, content, told)


def test_several_ranges_come_as_parts(client: CheckedClient) -> None:
    answer = download(client, upload(client, "a.txt", DIGITS)["file_id"], Range="bytes=0-1,-2")
    assert answer.status_code == 206
    boundary = answer.headers["content-type"].partition("boundary=")[2]
    parts = answer.content.split(f"--{boundary}".encode())
    assert parts[1].endswith(b"Content-Range: bytes 0-1/10\r\n\r\n01\r\n")
    assert parts[2].endswith(b"Content-Range: bytes 8-9/10\r\n\r\n89\r\n")
    assert parts[3] == b"--\r\n"


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=100-200", "bytes=-0"])
def test_a_range_without_a_byte_is_a_416(client: CheckedClient, asked: str) -> None:
    answer = download(client, upload(client, "a", DIGITS)["file_id"], Range=asked)
    assert (answer.status_code, error_code(answer)) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */10"
    assert "etag" not in answer.headers


@pytest.mark.parametrize(
    "asked", ["lines=1-2", "bytes=", "bytes=4-2", "bytes=a-b", "bytes=0-5,3-9", "bytes=" + "0-0," * 40, "bytes=-"]
)
def test_a_range_that_is_none_gets_everything(client: CheckedClient, asked: str) -> None:
    answer = download(client, upload(client, "a", DIGITS)["file_id"], Range=asked)
    assert (answer.status_code, answer.content) == (200, DIGITS)


def test_a_range_of_something_else_gets_everything(client: CheckedClient) -> None:
    file_id = upload(client, "a", DIGITS)["file_id"]
    etag = download(client, file_id).headers["etag"]
    assert download(client, file_id, **{"Range": "bytes=1-2", "If-Range": '"other"'}).content == DIGITS
    assert download(client, file_id, **{"Range": "bytes=1-2", "If-Range": etag}).content == b"12"


def test_head_tells_without_the_content(client: CheckedClient) -> None:
    file_id = upload(client, "a.txt", DIGITS)["file_id"]
    answer = client.head(f"/api/file/download/{file_id}", headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (206, "3", b"")
    assert client.head("/api/file/download/nope").status_code == 404


def test_a_deleted_file_is_gone_everywhere(service: RunningService) -> None:
    client = service.client
    file_id = upload(client, "a", b"abc", tags="del")["file_id"]
    assert client.delete(f"/api/file/{file_id}").json()["result"]["file_id"] == file_id
    for answer in (
        client.get(f"/api/file/{file_id}"),
        download(client, file_id),
        client.delete(f"/api/file/{file_id}"),
    ):
        assert (answer.status_code, error_code(answer)) == (404, "unknown_file")
    assert client.get("/api/file/list", params={"tag": "del"}).json()["result"]["total"] == 0


@pytest.mark.parametrize("how", ["query", "body"])
def test_a_file_can_be_named_outside_the_path(client: CheckedClient, how: str) -> None:
    file_id = upload(client, "a", b"abc")["file_id"]
    if how == "query":
        answer = client.delete("/api/file", params={"file_id": file_id})
    else:
        answer = client.request("DELETE", "/api/file", json={"file_id": file_id})
    assert answer.status_code == 200
    assert client.delete("/api/file").status_code == 400


def test_lists_are_paged_and_filtered(client: CheckedClient) -> None:
    for number in range(5):
        upload(client, f"Paged {number}.csv", b"a,b\n1,2\n", tags="paged")
    query: dict[str, Any] = {"tag": "PAGED", "type": ["csv", "text/x"], "name": "pAGED", "limit": 2, "order": "oldest"}
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get("/api/file/list", params={**query, "cursor": cursor}).json()["result"]
        seen += [item["name"] for item in page["items"]]
        assert page["total"] == 5
        cursor = page["next_cursor"]
    assert seen == [f"Paged {number}.csv" for number in range(5)]
    first = client.get("/api/file/list", params=query).json()["result"]["items"][0]
    later = client.get("/api/file/list", params={"tag": "paged", "created_from": first["created_at"]})
    assert later.json()["result"]["total"] == 5
    earlier = client.get("/api/file/list", params={"tag": "paged", "created_before": first["created_at"]})
    assert earlier.json()["result"]["total"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "WzEsMl0"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"created_from": "yesterday"}, "created_from"),
        ({"order": "biggest"}, "order"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_query_is_a_400_that_names_the_field(client: CheckedClient, query: dict[str, str], field: str) -> None:
    answer = client.get("/api/file/list", params=query)
    assert answer.status_code == 400
    assert [item["field"] for item in answer.json()["error"]["details"]] == [field]


def test_a_repeated_upload_with_a_key_is_stored_once(service: RunningService) -> None:
    client, key = service.client, {"Idempotency-Key": "upload-1"}
    before = _total(service)
    first = client.post("/api/file/upload", files={"file": ("a.txt", b"abc")}, headers=key)
    again = client.post("/api/file/upload", files={"file": ("a.txt", b"abc")}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert _total(service) == before + 1
    other = client.post("/api/file/upload", files={"file": ("a.txt", b"abd")}, headers=key)
    assert (other.status_code, error_code(other)) == (422, "key_reused")


def test_a_failed_request_with_a_key_can_be_sent_again(client: CheckedClient) -> None:
    key = {"Idempotency-Key": "tag-1"}
    client.post("/api/tag/create", json={"name": "taken"})
    assert client.post("/api/tag/create", json={"name": "taken"}, headers=key).status_code == 409
    client.delete("/api/tag/taken")
    assert client.post("/api/tag/create", json={"name": "taken"}, headers=key).status_code == 201
    assert client.post("/api/tag/create", json={"name": "taken"}, headers=key).status_code == 201


def test_keys_of_different_callers_and_addresses_do_not_meet(client: CheckedClient) -> None:
    key = {"Idempotency-Key": "shared"}
    assert client.post("/api/file/upload?name=a", content=b"x", headers=key).status_code == 201
    assert client.post("/api/tag/create", json={"name": "shared"}, headers=key).status_code == 201
    other = client.post("/api/file/upload?name=b", content=b"y", headers={**key, "X-Api-Key": "another"})
    assert other.status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "ä"])
def test_a_bad_key_is_refused(client: CheckedClient, key: str) -> None:
    answer = client.post("/api/tag/create", content=json.dumps({"name": "k"}), headers=[
        (b"Idempotency-Key", key.encode()), (b"Content-Type", b"application/json")
    ])  # fmt: skip
    assert answer.status_code == 400


def test_health_shows_the_parts(client: CheckedClient) -> None:
    checks = client.get("/api/health").json()["result"]["checks"]
    assert {"database", "store", "cache", "batch"} <= set(checks)
    assert all(check["ok"] for check in checks.values())
