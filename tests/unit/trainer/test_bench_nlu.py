"""The harness of `make bench-nlu`: what is kept, what is run again, what the page says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.trainer.labelled import Labelled
from tests.bench import nlu, nlu_table
from tests.bench.nlu_jobs import Job, jobs

HEAD = "text,intent,split,lang\n"
LINES = {
    "train": ["where is my parcel,order", "my parcel please,order", "give me money,refund",
              "my money back,refund", "a poem,oos", "new password,login", "my password,login"],
    "dev": ["the parcel,order", "the money,refund", "write a poem,oos"],
}  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "intents"
    folder.mkdir(parents=True)
    rows = [f"{line},{split},en" for split, lines in LINES.items() for line in lines]
    (folder / "clinc150_oos.csv").write_text(HEAD + "\n".join(rows) + "\n")
    return tmp_path / "data"


def test_only_the_sets_that_are_there_are_jobs(data: Path) -> None:
    found = jobs(data)
    assert list(found) == ["clinc150_oos", "clinc150_blind"]
    full, blind = found.values()
    assert [len(full.train), len(blind.train)] == [7, 6]
    assert [row.split for row in full.tests["clinc150_oos"]] == ["dev"] * 3
    assert full.hash() != blind.hash()
    assert full.hash() == jobs(data)["clinc150_oos"].hash()


def test_a_cell_is_named_by_its_data_and_the_settings_that_matter(tmp_path: Path) -> None:
    job = Job("a", "oos", [Labelled("x", "y")], {"t": [Labelled("z", "y")]})
    other = Job("a", "oos", [Labelled("x", "y")], {"t": [Labelled("w", "y")]})

    def name(job: Job, peer: str, epochs: int) -> str:
        return nlu.Cell(job, peer, epochs, tmp_path).name

    assert name(job, "tfidf", 1) == name(job, "tfidf", 2)
    assert name(job, "diet", 1) != name(job, "diet", 2)
    assert name(job, "tfidf", 1) != name(other, "tfidf", 1)
    assert len({name(job, peer, 1) for peer in nlu.PEERS}) == len(nlu.PEERS)


def test_what_has_been_measured_is_not_measured_again(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{nlu_table.BEGIN}\nold\n{nlu_table.END}\nafter\n")
    asked = ["--data", str(data), "--output", str(tmp_path / "out"), "--docs", str(page)]
    asked += ["--only", "clinc150_oos", "--peers", "tfidf"]
    assert nlu.main(asked) == 0
    (cell,) = (tmp_path / "out").glob("*.json")
    found = json.loads(cell.read_text())
    test = found["tests"]["clinc150_oos"]
    assert (test["sentences"], len(test["predictions"])) == (3, 3)
    assert found["first"]["cpu_seconds"] > 0
    assert found["peak_memory_mb"] > 30
    found["tests"]["clinc150_oos"]["in_scope_accuracy"] = 0.123
    cell.write_text(json.dumps(found))
    assert nlu.main(asked) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith(f"{nlu_table.END}\nafter\n")
    assert "old" not in text
    assert "| clinc150, in scope | not run | 12.3 | not run | not run | 97.0 |" in text
    assert "through the whole pipeline: not run" in text
    assert "12.3" in capsys.readouterr().out


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n")
    with pytest.raises(ValueError, match="needs the lines"):
        nlu_table.put("tables", page)
    assert page.read_text() == "text\n"


def test_names_that_are_not_known_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in (["--only", "nothing"], ["--peers", "nobody"]):
        with pytest.raises(SystemExit):
            nlu.main(["--data", str(data), "--output", str(tmp_path), "--no-docs", *wrong])
        assert "not known: " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        nlu.main(["--data", str(tmp_path / "nowhere"), "--output", str(tmp_path)])
    assert "no sets" in capsys.readouterr().err
