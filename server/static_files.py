"""The files of static/, read once: a confined worker process opens no file."""

import hashlib
import mimetypes
from pathlib import Path

from flask import Blueprint, Response, abort, request

FOLDER = Path(__file__).parent / "static"
FRESH_SECONDS = 3600


def blueprint() -> Blueprint:
    """Return the routes of the files that static/ holds now."""
    files = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file()
    }
    routes = Blueprint("static_files", __name__)

    @routes.get("/static/<path:filename>")
    def file(filename: str) -> Response:
        """Return one of the files; 404 for any other name."""
        if filename not in files:
            abort(404)
        body = files[filename]
        response = Response(body, mimetype=mimetypes.guess_type(filename)[0])
        response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
        response.set_etag(hashlib.sha256(body).hexdigest()[:24])
        response.make_conditional(request)
        return response

    return routes
