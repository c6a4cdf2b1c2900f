"""The command line says what went wrong in one sentence, and exits with a code scripts can use."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mappings.__main__ import main
from mappings.document import document_slugs

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mappings", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("slug", document_slugs())
def test_read_reproduces_the_committed_tables(slug, sources, capsys):
    assert main(["read", slug, "--sources", str(sources)]) == 0
    printed = capsys.readouterr().out
    folder = ROOT / "data" / "documents" / slug
    sections = dict(part.split("\n", 1) for part in printed.split("# ")[1:] if ".csv\n" in part)
    tables = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.csv")}
    for name, text in sections.items():
        assert text.removesuffix("\n") == tables[name], f"{name} differs from what read gives"
    assert set(tables) - set(sections) == {"corrections.csv", "translations.csv"}


@pytest.mark.parametrize("slug", document_slugs())
def test_truncated_document_is_refused(slug, sources, tmp_path, capsys):
    from mappings.document import Document

    name = Document(slug).metadata["file"]
    (tmp_path / name).write_bytes((sources / name).read_bytes()[:1000])
    assert main(["read", slug, "--sources", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ") and "found 1000 bytes" in message
    assert len(message.splitlines()) == 1


def test_missing_sources_folder_is_one_sentence(tmp_path, capsys):
    assert main(["read", document_slugs()[0], "--sources", str(tmp_path / "none")]) == 1
    assert "found no such file" in capsys.readouterr().err


def test_unknown_document_lists_the_known_ones(capsys):
    assert main(["read", "nowhere"]) == 1
    message = capsys.readouterr().err
    assert all(slug in message for slug in document_slugs())


def test_report_without_a_release_says_what_to_run(tmp_path, capsys):
    assert main(["report", "--out", str(tmp_path)]) == 1
    assert "python -m mappings build" in capsys.readouterr().err


def test_help_shows_examples_and_wrong_use_exits_with_2():
    shown = run("--help")
    assert shown.returncode == 0 and "examples:" in shown.stdout
    assert run("bake").returncode == 2


@pytest.mark.parametrize("command", ["read", "build", "check", "report"])
def test_help_of_a_command_shows_its_own_examples(command, capsys):
    with pytest.raises(SystemExit) as error:
        main([command, "--help"])
    shown = capsys.readouterr().out.partition("examples:\n")[2].splitlines()
    assert error.value.code == 0 and shown
    assert all(line.startswith(f"  python -m mappings {command} ") for line in shown)


def test_report_lists_corrections_with_their_lines(release):
    text = (release / "report.txt").read_text(encoding="utf-8")
    assert "lines 384 [prefecture-mismatch] 熊本市上天草市 → 熊本県上天草市" in text


def test_fault_of_the_program_is_one_sentence_too(monkeypatch, capsys):
    def fail(_: Path) -> None:
        raise KeyError("first_line")

    monkeypatch.setattr("mappings.__main__.build_graph", fail)
    assert main(["check"]) == 70
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "KeyError: 'first_line' (test_cli.py, line " in message


def heed_ctrl_c() -> None:
    """Undo what a shell does for a command in the background: there Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_build_says_so_and_leaves_nothing_half_written(stop, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "mappings", "build", "--out", str(tmp_path)],
        cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c,
    ) as build:  # fmt: skip
        time.sleep(1.5)
        build.send_signal(stop)
        _, errors = build.communicate(timeout=60)
    assert (build.returncode, errors) == (130, "interrupted; nothing was released\n")
    assert not list(tmp_path.rglob("manifest.json"))


def test_tables_are_utf8_whatever_the_locale(sources):
    shown = subprocess.run(
        [sys.executable, "-m", "mappings", "read", "bunkyo_exchange_2022", "--sources", sources],
        cwd=ROOT, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert "岩手県盛岡市" in shown.stdout.decode("utf-8")


def test_reading_from_where_no_folder_is_says_what_was_found(tmp_path, capsys):
    (tmp_path / "sources").write_text("x")
    slug = document_slugs()[0]
    assert main(["read", slug, "--sources", str(tmp_path / "sources")]) == 1
    assert "found Not a directory" in capsys.readouterr().err


def test_a_stop_while_the_program_is_loaded_shows_no_traceback(tmp_path):
    """A module that stops while it is imported stands for a moment before the first command."""
    (tmp_path / "argparse.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mappings", "check"],
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=heed_ctrl_c,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
