"""Training: one at a time, and a model has its place when it is whole."""

from __future__ import annotations

import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import NluError
from bot.settings import Settings
from bot.trainer import training
from bot.trainer.models.notes import read_notes

EXAMPLES = 'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n'
WHOLE = b"a whole model"
TRAINER = f"""#!{sys.executable}
import sys, time
from pathlib import Path
model = Path(sys.argv[3])
with open(Path({{counted!r}}), "a") as counted:
    counted.write("trained ")
if Path({{refuse!r}}).exists():
    sys.exit("ValueError: nothing to learn from in " + str(Path("domain.yml").resolve()))
with model.open("wb") as file:
    file.write({WHOLE!r}[:7])
    file.flush()
    time.sleep(2.5 if Path({{slow!r}}).exists() else 0.5)
    file.write({WHOLE!r}[7:])
"""
"""In place of Rasa's training, which takes a minute: writes its file slowly."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("data/nlu/en", "bot/nlu", "bot/policies"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "data/nlu/en/greet.yml").write_text(EXAMPLES)
    trainer = tmp_path / "python"
    trainer.write_text(
        TRAINER.format(**{name: str(tmp_path / name) for name in ("counted", "refuse", "slow")})
    )
    trainer.chmod(trainer.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(trainer))
    return tmp_path


def ensure(project: Path) -> Path:
    settings = Settings(var=project / "var", database_url=f"sqlite:///{project / 'none.db'}")
    return training.ensure_model(settings, lambda _: None)


def test_two_that_need_a_model_train_it_once_and_nobody_sees_half_of_it(project: Path) -> None:
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            seen.update(path.read_bytes() for path in (project / "models").glob("*.tar.gz"))

    looking = threading.Thread(target=look)
    looking.start()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ensure, [project, project])
    over.set()
    looking.join()
    assert first == second and first.read_bytes() == WHOLE
    assert (project / "counted").read_text() == "trained "
    assert seen <= {WHOLE}


def test_what_a_killed_training_left_is_cleared_away(project: Path) -> None:
    left = project / training.UNFINISHED / "svara-0123456789ab.tar.gz"
    left.parent.mkdir(parents=True)
    left.write_bytes(WHOLE[:7])
    assert ensure(project).read_bytes() == WHOLE
    assert not left.exists()


def test_a_training_that_fails_says_why_and_leaves_no_model(project: Path) -> None:
    (project / "refuse").touch()
    with pytest.raises(NluError, match="ValueError: nothing to learn from in domain"):
        ensure(project)
    assert list((project / "models").glob("*.tar.gz")) == []


def test_a_model_knows_which_intents_had_no_answer_when_it_was_made(project: Path) -> None:
    assert read_notes(ensure(project)).unanswered is None, "there is no domain"
    (project / "domain.yml").write_text("intents:\n- greet\n- from_a_form\n")
    assert read_notes(ensure(project)).unanswered == ["greet"], "nobody can say the other"
    (project / "data/rules.yml").write_text(
        "rules:\n- rule: Greeted\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
    )
    assert read_notes(ensure(project)).unanswered == []


def test_a_training_tells_every_second_that_it_goes_on(project: Path) -> None:
    (project / "slow").touch()
    settings = Settings(var=project / "var", database_url=f"sqlite:///{project / 'none.db'}")
    seconds: list[float] = []
    training._train(settings, lambda _: None, force=False, tick=seconds.append)
    assert len(seconds) >= 2 and seconds == sorted(seconds)
