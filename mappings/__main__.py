"""python -m mappings: read a document, build and check the graph, show the report.

Exit codes: 0 done; 1 the data or a document is not as expected; 2 wrong use, or `check` cannot
read what it was given; 70 a fault of this program; 130 interrupted.
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
from .checking import CheckError, check_data
from .document import DATA, Document, document_slugs
from .errors import BuildError, EnishiError
from .reading import read_document
from .release import current_manifest, is_up_to_date, write_release
from .tables import format_table, write_table
from .validation import VALIDATORS, VIOLATION, Progress, Validation
from .validation_report import (
    FORMATS,
    SHOWN,
    format_violations,
    summarize,
    write_validation,
)

SOURCES = ROOT.parent / "shared" / "sources"
EXAMPLES = """examples:
  python -m mappings read bunkyo_exchange_2024 --sources DIR     tables to standard output
  python -m mappings read wards_partnership_2022 --write         tables into data/documents/
  python -m mappings build                                       a checked release in build/current
  python -m mappings check                                       the same checks, nothing written
  python -m mappings check --store https://example.org/sparql    an endpoint, by our shapes
  python -m mappings check --store data.ttl --shapes DIR         anybody's data and shapes
  python -m mappings check --store DIR --report report.html      a store or release, and a page
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
    check = _command(
        commands, "check", run_check, "map and check, write nothing; or check anybody's data"
    )
    _add_check_options(check)
    report = _command(commands, "report", run_report, "show the report of the current release")
    for command in (build, check):
        command.add_argument(
            "--validator", choices=VALIDATORS, default=VALIDATORS[0],
            help="what runs the shapes: queries made of them, or pyshacl, the slow reference",
        )  # fmt: skip
        command.add_argument(
            "--data", type=Path, default=DATA, metavar="DIR",
            help="the tables: registers/ and documents/ (default: %(default)s)",
        )  # fmt: skip
    for command in (build, report):
        command.add_argument(
            "--out", type=Path, default=ROOT / "build", metavar="DIR", help="where releases are"
        )
    return top


def _add_check_options(check: argparse.ArgumentParser) -> None:
    check.description = (
        f"{check.description} Exit codes: 0 no violation; 1 violations; 2 wrong use, or something "
        "cannot be read."
    )
    check.add_argument(
        "--store", nargs="+", metavar="URL|DIR|FILE",
        help="data to check in place of our tables: a SPARQL endpoint, a folder with an Oxigraph "
        "store or a release, or RDF files",
    )  # fmt: skip
    check.add_argument(
        "--shapes", type=Path, default=ROOT / "shapes", metavar="DIR", help="SHACL shapes, Turtle"
    )
    check.add_argument(
        "--report", type=Path, metavar="FILE", help="write the report: .txt, .ttl or .html"
    )
    check.add_argument(
        "--most", type=_positive, metavar="N", help="show N results of each shape; count all"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number, one or more")
    return int(text)


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


@contextmanager
def _queries() -> Iterator[tuple[Callable[[str], None], Progress]]:
    """Give two functions: one says which step begins, one how many queries of it are done."""
    with tqdm(
        disable=not sys.stderr.isatty(), leave=False, bar_format="{desc} {bar} {n_fmt}/{total_fmt}"
    ) as bar:

        def done(number: int, total: int) -> None:
            bar.total, bar.n = total, number
            bar.update(0)
            if number == total:
                bar.refresh()

        yield bar.set_description_str, done


def _checked(options: argparse.Namespace, shapes: Path | None = None, most: int = SHOWN) -> Built:
    with _bar(2) as begin:
        begin(f"mapping {len(document_slugs(options.data))} documents")
        built = build_graph(options.data)
        begin(f"validating {len(built.statements.store)} quads")
        check_graph(built, validator=options.validator, shapes=shapes)
    if failed := [v for v in built.violations if v.severity == VIOLATION]:
        print(format_violations(failed, most), file=sys.stderr)
    return built


def run_build(options: argparse.Namespace) -> None:
    """Build, check and release."""
    if options.if_changed and is_up_to_date(options.out, data=options.data):
        manifest = current_manifest(options.out) or {}
        print(f"release {manifest.get('release')} is up to date", file=sys.stderr)
        return
    built = _checked(options)
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
    """Check our tables in memory, or data that lie elsewhere. Raises BuildError for a violation."""
    if options.report and options.report.suffix not in FORMATS:
        raise CheckError(
            f"--report: found {options.report}, expected a name that ends in {', '.join(FORMATS)}."
        )
    if options.store:
        validation = _check_elsewhere(options)
        what = ", ".join(options.store)
    else:
        built = _checked(options, options.shapes, options.most or SHOWN)
        assert built.validation is not None
        validation, what = built.validation, f"{len(built.statements.store)} quads"
    if options.report:
        write_validation(validation, options.report)
    if validation.blocking:
        raise BuildError(f"the graph has {validation.blocking} violations, expected none.")
    print(f"{what}, no violations", file=sys.stderr)


def _check_elsewhere(options: argparse.Namespace) -> Validation:
    """Check data that are not our tables, and print what the shapes find."""
    with _queries() as (begin, done):
        validation = check_data(
            options.store,
            options.shapes,
            validator=options.validator,
            most=options.most,
            progress=done,
            begin=begin,
        )
    if validation.violations:
        print(format_violations(validation.violations, options.most or SHOWN))
    for sentence in summarize(validation):
        print(sentence)
    return validation


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
    except CheckError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
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
        print(f"error: {error.filename or 'the disk'}: found {error.strerror}.", file=sys.stderr)
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
