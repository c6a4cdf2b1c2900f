"""Comunica, a SPARQL engine in JavaScript: installed into build/peers, run as a command."""

import json
import shutil
import subprocess
import sys

from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from .peers import ENVIRONMENT, HERE, ROOT
from .processes import PeerError

WANTED = HERE / "comunica.json"
PROGRAM = ENVIRONMENT / "node_modules" / ".bin" / "comunica-sparql"
ANSWER_SECONDS = 300


def install() -> None:
    """Install Comunica, if it is not there yet. Raises PeerError where npm is absent or fails."""
    wanted, there = WANTED.read_text(encoding="utf-8"), ENVIRONMENT / "package.json"
    if PROGRAM.exists() and there.read_text(encoding="utf-8") == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise PeerError("Comunica: found no npm, expected it to install Comunica.")
    print(f"installing Comunica into {ENVIRONMENT.relative_to(ROOT)} …", file=sys.stderr)
    ENVIRONMENT.mkdir(parents=True, exist_ok=True)
    there.write_text(wanted, encoding="utf-8")
    command = [npm, "install", "--silent", "--no-fund", "--no-audit", "--no-package-lock"]
    done = subprocess.run(command, cwd=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise PeerError(f"Comunica: found that npm install failed: {' '.join(said)}")


def ask(source: str, query: str) -> QuerySolutions:
    """Return the answer to a SELECT that Comunica evaluates over the endpoint `source`.

    Raises PeerError where Comunica is absent, fails, or takes longer than ANSWER_SECONDS.
    """
    if not PROGRAM.exists():
        raise PeerError(f"Comunica: found no {PROGRAM.relative_to(ROOT)}, expected npm to make it.")
    form = "application/sparql-results+json"
    command = [str(PROGRAM), f"sparql@{source}", "-q", query, "-t", form]
    try:
        done = subprocess.run(command, capture_output=True, timeout=ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        raise PeerError(f"Comunica: found no answer in {ANSWER_SECONDS} s.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise PeerError(f"Comunica: found that it failed: {' '.join(said)}")
    # It adds how many requests it sent, which is no part of the format.
    results = json.loads(done.stdout)
    text = json.dumps({name: results[name] for name in ("head", "results")}).encode()
    found = parse_query_results(text, format=QueryResultsFormat.JSON)
    if not isinstance(found, QuerySolutions):
        raise PeerError("Comunica: found a truth value, expected rows.")
    return found
