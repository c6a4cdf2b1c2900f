"""The files of static/, read once: a confined worker process opens no file."""

import hashlib
import mimetypes
import re
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for

FOLDER = Path(__file__).parent / "static"
FRESH_SECONDS = 3600
# What is asked for by its content never changes under that address (RFC 8246).
FOR_EVER = "public, max-age=31536000, immutable"
# The bundler names these by their content itself.
_NAMED_BY_CONTENT = re.compile(r"bundle/part-[0-9A-Z]{8}\.\w+")


class StaticFiles:
    """The files a folder holds now: their bytes, and the address that goes with these bytes."""

    def __init__(self, folder: Path) -> None:
        """Read every file under `folder` whose name does not begin with a dot."""
        self.bodies = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }
        self._versions = {
            name: hashlib.sha256(body).hexdigest()[:24] for name, body in self.bodies.items()
        }

    def version(self, name: str) -> str:
        """Return what tells the content of a file from others. Raises KeyError for no file."""
        return self._versions[name]

    def address(self, name: str) -> str:
        """Return the address of a file, which changes with its content; "" for no file.

        A bundle is no file where there was no Node.js to make it: a page then goes without.
        """
        if name not in self.bodies:
            return ""
        return url_for("static_files.file", filename=name, v=self._versions[name][:12])

    def is_for_ever(self, name: str, version: str) -> bool:
        """Tell whether an address names the content: with a version, or made by the bundler."""
        by_version = bool(version) and self._versions[name].startswith(version)
        return by_version or _NAMED_BY_CONTENT.fullmatch(name) is not None


def _blueprint(files: StaticFiles) -> Blueprint:
    routes = Blueprint("static_files", __name__)

    @routes.get("/static/<path:filename>")
    def file(filename: str) -> Response:
        """Return one of the files; 404 for any other name."""
        if filename not in files.bodies:
            abort(404)
        response = Response(files.bodies[filename], mimetype=mimetypes.guess_type(filename)[0])
        is_for_ever = files.is_for_ever(filename, request.args.get("v", ""))
        response.headers["Cache-Control"] = (
            FOR_EVER if is_for_ever else f"public, max-age={FRESH_SECONDS}"
        )
        response.set_etag(files.version(filename))
        response.make_conditional(request)
        return response

    return routes


def register(app: Flask, folder: Path = FOLDER) -> None:
    """Let `app` serve the files of `folder`; in a template static_file(name) is the address."""
    files = StaticFiles(folder)
    app.register_blueprint(_blueprint(files))
    app.jinja_env.globals["static_file"] = files.address
