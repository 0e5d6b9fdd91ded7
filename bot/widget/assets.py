"""Serves the widget's modules without their comments and spaces, compressed beforehand.

No bundler: every file keeps its name and its code, so that an error in a browser can be read.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rjsmin import jsmin
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

FOLDER = Path(__file__).parent

MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """One file as it goes over the wire."""

    media_type: str
    body: bytes
    compressed: bytes
    etag: str


def load(folder: Path = FOLDER) -> Mapping[str, Asset]:
    """Read every public file under a folder, by its path relative to it."""
    assets = {}
    for path in sorted(folder.rglob("*")):
        media_type = MEDIA_TYPES.get(path.suffix)
        if media_type is None:
            continue
        body = path.read_bytes()
        if path.suffix == ".js":
            body = jsmin(body)
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        assets[path.relative_to(folder).as_posix()] = Asset(media_type, body, gzip.compress(body, 9, mtime=0), etag)
    return assets


def response(asset: Asset, request: Request) -> Response:
    """Answer with the asset, compressed where the browser takes that, or 304 where it has it already.

    Who may load it (CORS) and for how long is for the application to say, as for all its paths.
    """
    headers = {"ETag": asset.etag, "Content-Type": asset.media_type, "Vary": "Accept-Encoding"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    if asset.etag in known:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(asset.compressed, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, headers=headers)


def app(folder: Path = FOLDER) -> Router:
    """The public files of a folder as an application to mount: `app.mount("/widget", assets.app())`."""
    assets = load(folder)

    async def serve(request: Request) -> Response:
        asset = assets.get(request.path_params["path"])
        if asset is None:
            raise HTTPException(404)
        return response(asset, request)

    return Router([Route("/{path:path}", serve)])
