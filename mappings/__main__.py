"""python -m mappings: read a document, build and check the graph, show the report.

Exit codes: 0 done; 1 the data or a document is not as expected; 2 wrong use; 70 a fault of this
program; 130 interrupted.
"""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # While the rest is imported, Ctrl-C ends this process without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from .build import ROOT, Built, build_graph, check_graph
from .document import Document, document_slugs
from .errors import BuildError, EnishiError
from .reading import read_document
from .release import current_manifest, is_up_to_date, write_release
from .tables import format_table, write_table
from .validation import format_violations

SOURCES = ROOT.parent / "shared" / "sources"
EXAMPLES = """examples:
  python -m mappings read bunkyo_exchange_2024 --sources DIR     tables to standard output
  python -m mappings read wards_partnership_2022 --write         tables into data/documents/
  python -m mappings build                                       a checked release in build/current
  python -m mappings check                                       the same checks, nothing written
  python -m mappings report                                      what the current release found
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(
        prog="python -m mappings",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    read = _command(commands, "read", run_read, "read a document's text into its tables")
    read.add_argument("slug", help="the document, for instance bunkyo_exchange_2024")
    read.add_argument(
        "--sources", type=Path, default=SOURCES, metavar="DIR", help="where the texts are"
    )
    read.add_argument("--write", action="store_true", help="write into data/documents/<slug>/")
    build = _command(commands, "build", run_build, "map, check and release the graph")
    build.add_argument(
        "--if-changed", action="store_true", help="keep a release made from the same inputs"
    )
    _command(commands, "check", run_check, "map and check, write nothing")
    report = _command(commands, "report", run_report, "show the report of the current release")
    for command in (build, report):
        command.add_argument(
            "--out", type=Path, default=ROOT / "build", metavar="DIR", help="where releases are"
        )
    return top


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], None],
    says: str,
) -> argparse.ArgumentParser:
    """Add a command, whose help shows the examples that use it."""
    examples = [line for line in EXAMPLES.splitlines() if f"-m mappings {name} " in line]
    command = commands.add_parser(
        name,
        help=says,
        description=f"{says[0].upper()}{says[1:]}.",
        epilog="\n".join(["examples:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def run_read(options: argparse.Namespace) -> None:
    """Read a document; print its tables, or write them beside its document.toml."""
    document = Document(options.slug)
    for name, rows in sorted(read_document(document, options.sources).items()):
        if options.write:
            write_table(document.folder / f"{name}.csv", rows)
            print(f"{document.folder / name}.csv: {len(rows)} rows", file=sys.stderr)
        else:
            print(f"# {name}.csv\n{format_table(rows)}")


@contextmanager
def _bar(steps: int) -> Iterator[Callable[[str], None]]:
    """Give a function that says which step begins; a bar on a terminal, else nothing."""
    with tqdm(
        total=steps, disable=not sys.stderr.isatty(), bar_format="{desc} {bar} {n}/{total}"
    ) as bar:

        def begin(step: str) -> None:
            bar.set_description_str(step)
            bar.update()

        yield begin


def _checked() -> Built:
    with _bar(2) as begin:
        begin(f"mapping {len(document_slugs())} documents")
        built = build_graph()
        begin(f"validating {len(built.quads)} quads")
        check_graph(built)
    if failed := [v for v in built.violations if v.severity == "Violation"]:
        print(format_violations(failed), file=sys.stderr)
    return built


def run_build(options: argparse.Namespace) -> None:
    """Build, check and release."""
    if options.if_changed and is_up_to_date(options.out):
        manifest = current_manifest(options.out) or {}
        print(f"release {manifest.get('release')} is up to date", file=sys.stderr)
        return
    built = _checked()
    folder = write_release(built, options.out)
    manifest = current_manifest(options.out) or {}
    found = sum(len(built.discrepancies(slug)) for slug in built.documents)
    corrections = sum(len(document.corrections) for document in built.documents.values())
    print(
        f"release {manifest['release']}: {manifest['quads']} quads, {corrections} corrections, "
        f"{found} discrepancies, no violations (mapped in {built.seconds['map']:.1f} s, "
        f"validated in {built.seconds['validate']:.1f} s): {folder}",
        file=sys.stderr,
    )


def run_check(options: argparse.Namespace) -> None:
    """Build and check in memory. Raises BuildError for a violation."""
    built = _checked()
    violations = [v for v in built.violations if v.severity == "Violation"]
    if violations:
        raise BuildError(f"the graph has {len(violations)} violations, expected none.")
    print(f"{len(built.quads)} quads, no violations", file=sys.stderr)


def run_report(options: argparse.Namespace) -> None:
    """Print the report of the current release."""
    try:
        print((options.out / "current" / "report.txt").read_text(encoding="utf-8"), end="")
    except (FileNotFoundError, NotADirectoryError):
        raise BuildError(
            f"{options.out / 'current'}: found no release, expected one; run: "
            "python -m mappings build"
        ) from None


def _fault(error: Exception) -> str:
    """Return one sentence for an error nobody foresaw: what, and where in this program."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno}): "
        "a fault of this program, please report it; nothing was released."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The tables are UTF-8 whatever the terminal's locale is.
        sys.stdout.reconfigure(encoding="utf-8")
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except EnishiError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing was released", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has enough; nothing more may be written when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"error: {error.filename}: found {error.strerror}.", file=sys.stderr)
        return 1
    except Exception as error:
        print(f"error: {_fault(error)}", file=sys.stderr)
        return 70
    return 0


if __name__ == "__main__":
    # A request to end is answered like Ctrl-C: what is half-written goes.
    for stop in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(stop) is not signal.SIG_IGN:
            signal.signal(stop, signal.default_int_handler)
    sys.exit(main())
