"""What commands print is plain text, whatever a file holds."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralbuilder.cli.app import main
from neuralbuilder.cli.output import clean, json_text
from neuralbuilder.project import edits
from neuralbuilder.project.container import pack, unpack
from neuralbuilder.project.files import Document, load, save

COMMANDS = Path(__file__).parents[1] / "neuralbuilder" / "cli"
EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m[bold red]x[/bold]\u202e[/x]"
"""Sets a title, clears the screen, changes the colour, turns the direction; and markup of Rich."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def is_plain(text: str) -> bool:
    """Whether a terminal takes nothing in it for an order."""
    orders = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    return not any(
        sign in orders or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t")
        for sign in text
    )


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=30))
def test_clean_text_holds_no_orders_and_every_other_sign(text: str) -> None:
    cleaned = clean(text)
    assert is_plain(cleaned)
    assert is_plain(text) <= (cleaned == text.replace("\u2028", "").replace("\u2029", ""))


@given(st.text(max_size=30))
def test_json_spells_orders_out_and_keeps_them(text: str) -> None:
    written = json_text({text: [text]})
    assert is_plain(written)
    assert json.loads(written) == {text: [text]}


def hostile(name: str) -> None:
    """A trained file whose data, curve and layer have names that are orders and markup."""
    rows = "".join(f"{i},{i * i},{('b', EVIL)[i % 2]}\n" for i in range(30))
    Path("t.csv").write_text(f'"{EVIL}",x2,class\n{rows}', encoding="utf-8")
    assert main(["new", "2 -> 2", "--data", "t.csv", "-o", name]) == 0
    assert main(["train", name, "--epochs", "1"]) == 0
    document = load(name)
    save(name, Document(edits.rename(document.project, "input", "[bold]i[/x]"), document.state,
                        document.samples))  # fmt: skip
    tensors, metadata = unpack(Path(name).read_bytes())
    tensors[f"log/{EVIL}/test"] = tensors["log/loss/test"]
    metadata["data"] = metadata["data"].replace('"notes": []', json.dumps({"notes": [EVIL]})[1:-1])
    Path(name).write_bytes(pack(tensors, metadata))


def test_no_command_passes_on_what_is_an_order(capsys: pytest.CaptureFixture[str]) -> None:
    hostile("a.nbnet")
    Path("in.csv").write_text("p,q\n1,2\n", encoding="utf-8")
    for words in (
        ("info", "a.nbnet"),
        ("info", "a.nbnet", "--json"),
        ("train", "a.nbnet", "--epochs", "1", "-o", "b.nbnet"),
        ("train", "a.nbnet", "--epochs", "1", "-o", "b.nbnet", "--json"),
        ("predict", "a.nbnet", "in.csv"),
        ("predict", "a.nbnet", "in.csv", "--json"),
        ("new", "2 -> 2", "--data", "t.csv", "-o", "c.nbnet"),
    ):
        capsys.readouterr()
        assert main(list(words)) == 0, words
        told = capsys.readouterr()
        assert is_plain(told.out + told.err), words
        if words == ("info", "a.nbnet"):
            assert "[bold]i[/x]" in told.out, "markup is text"
            assert "[bold red]x[/bold]" in told.out
    for words in (("info", f"{EVIL}.nbnet"), ("predict", "a.nbnet", f"{EVIL}.csv"), (EVIL,)):
        assert main(list(words)) == 2
        assert is_plain(capsys.readouterr().err)


def test_there_is_one_way_out() -> None:
    elsewhere = re.compile(r"click\.s?echo\(|(?<![\w.])print\(|sys\.std(out|err)\.write")
    for path in COMMANDS.glob("*.py"):
        found = elsewhere.findall(path.read_text(encoding="utf-8"))
        assert len(found) == (path.name == "output.py"), path
