"""The inbox's pages and what a script is told, without a browser."""

from __future__ import annotations

import re

import inbox_pages
import pytest
import sqlalchemy as sa
from console_browser import PASSWORD
from console_client import Agent

from bot.console import roles
from bot.console.train.inbox import Asked, pieces, read_asked, suggest_parts
from bot.storage.database import reading
from bot.trainer import inbox, jobs
from bot.trainer.models.live import ship
from bot.trainer.redaction import fill

JSON = {"Accept": "application/json"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    inbox_pages.write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reviews(project, console):
    return inbox_pages.fill(console.engine)


@pytest.fixture
def trainer(console, reviews):
    inbox_pages.hire(console.engine, password=PASSWORD)
    found = Agent(console)
    assert found.log_in("tove").status_code == 303
    return Trainer(found, found.get("/train/inbox").text)


class Trainer:
    """A trainer whose forms go where the page's go."""

    def __init__(self, agent, page):
        self.agent = agent
        self.token = re.search(r'name="csrf" content="(\w+)"', page)[1]

    def get(self, path, **how):
        return self.agent.get(path, **how)

    def does(self, review, what, /, version=1, headers=JSON, **form):
        path = f"/train/inbox/{review}/{what}" if review else f"/train/inbox/{what}"
        return self.agent.http.post(
            self.agent.console.url + path,
            data={"csrf": self.token, "version": str(version), **form},
            headers=headers,
            timeout=10,
            allow_redirects=False,
        )


def state(console, number):
    with reading(console.engine) as connection:
        review = inbox.get_review(connection, number)
    return review.state, review.intent, review.by


def test_the_page_shows_the_first_message_with_its_ranking_and_conversation(trainer):
    page = trainer.get("/train/inbox").text
    assert page.count('data-testid="review-row"') == len(inbox_pages.SAID)
    assert 'lang="sv" data-testid="message-text">Var är mitt paket?' in page
    ranking = page.split('data-testid="ranking"')[1].split("</ol>")[0]
    assert re.findall(r'name="intent" value="(\w+)"', ranking)[0] == "order_status"
    assert "42 %" in ranking
    assert "I did not get that (1)." in page
    assert 'data-total data-testid="total">8</span>' in page


def test_the_conversation_around_a_message_can_be_made_a_test(trainer, reviews):
    page = trainer.get(f"/train/inbox/{reviews[0]}").text
    form = page.split('action="/train/stories/make"')[1].split("</form>")[0]
    assert re.search(r'name="message" value="\d+"', form)


def test_accepting_writes_the_example_and_goes_on(console, trainer, reviews, project):
    done = trainer.does(reviews[0], "accept").json()
    assert (done["ok"], done["said"]) == (True, "Labelled as Order status")
    assert state(console, reviews[0]) == ("labelled", "order_status", "Tove")
    file = project / "data/nlu/sv/order_status.yml"
    assert file.read_text().endswith("    - Var är mitt paket? Det skulle ha kommit i tisdags\n")
    assert len(re.findall("review-row", trainer.get("/train/inbox").text)) == 7
    again = trainer.does(None, "undo").json()
    assert (again["said"], again["id"]) == ("Taken back", reviews[0])
    assert "tisdags" not in file.read_text()
    assert state(console, reviews[0])[0] == "open"


def test_without_scripts_a_form_does_it_and_leads_back(console, trainer, reviews):
    answer = trainer.does(reviews[0], "relabel?language=sv", headers={}, intent="missing_item")
    assert (answer.status_code, answer.headers["location"]) == (303, "/train/inbox?language=sv")
    assert state(console, reviews[0])[:2] == ("labelled", "missing_item")


def test_somebody_who_was_slower_is_told_who_was_faster(console, trainer, reviews):
    inbox_pages.hire(console.engine, "robin", "Robin Holm", PASSWORD)
    colleague = Agent(console)
    colleague.log_in("robin")
    robin = Trainer(colleague, colleague.get("/train/inbox").text)
    assert robin.does(reviews[0], "relabel", intent="refund_status").status_code == 200
    late = trainer.does(reviews[0], "accept")
    assert late.status_code == 409
    assert "Robin Holm (robin) was faster" in late.json()["message"]
    assert state(console, reviews[0])[1] == "refund_status"


@pytest.mark.parametrize(
    ("action", "form", "status"),
    [
        ("relabel", {"intent": "no_such_intent"}, 409),
        ("relabel", {}, 409),
        ("mark", {"marks": "[[0"}, 403),
        ("mark", {"marks": '[[0, 3, "no_entity"]]'}, 409),
        ("split", {"parts": "one part"}, 409),
        ("new_intent", {"intent": "?!"}, 409),
        ("edit", {"text": ""}, 409),
        ("explode", {}, 404),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    console, trainer, reviews, project, action, form, status
):
    before = {path: path.read_bytes() for path in project.rglob("*.yml")}
    answer = trainer.does(reviews[0], action, **form)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]
    assert state(console, reviews[0]) == ("open", None, None)
    assert before == {path: path.read_bytes() for path in project.rglob("*.yml")}


def test_a_message_that_is_not_there_is_404(trainer):
    assert trainer.get("/train/inbox/999").status_code == 404
    assert trainer.get("/train/inbox/999", headers=JSON).status_code == 404
    assert trainer.does(999, "accept").status_code == 404


def test_marks_are_shown_in_the_message_and_not_in_the_list(trainer, reviews):
    assert trainer.does(reviews[0], "edit", text="Var är [paketet](product)?").status_code == 200
    done = trainer.does(reviews[0], "mark", version=2, marks='[[7, 14, "place"]]').json()
    assert '<mark>paketet<span class="entity-name" lang="en">Place</span></mark>?' in done["html"]
    assert "The customer wrote:" in done["html"]
    assert "Var är paketet?" in done["row"]


def test_several_at_once_and_each_that_cannot_is_told(console, trainer, reviews):
    trainer.does(reviews[1], "skip")
    seen = " ".join(f"{number}:1" for number in reviews[:3])
    told = trainer.does(None, "bulk", action="accept", seen=seen).json()
    assert told["done"] == [reviews[0], reviews[2]]
    assert [each["id"] for each in told["refused"]] == [reviews[1]]
    assert trainer.does(None, "undo").status_code == 200
    assert [state(console, number)[0] for number in reviews[:3]] == ["open", "skipped", "open"]
    assert trainer.does(None, "bulk", action="accept", seen="1").status_code == 403
    assert trainer.does(None, "bulk", action="accept", seen="").status_code == 403


def test_a_filter_is_in_the_address_and_in_every_link(trainer):
    page = trainer.get("/train/inbox?language=sv&impact=fell_back&q=paket&state=nonsense").text
    assert page.count("review-row") == 1
    assert re.search(r'href="/train/inbox/\d+\?language=sv&amp;impact=fell_back&amp;q=paket"', page)
    found = trainer.get("/train/inbox/list?language=da", headers=JSON).json()
    assert (found["total"], found["next"]) == (1, None)
    assert "No message is left with this filter" in trainer.get("/train/inbox?q=zzzz").text


def test_the_list_comes_in_pages(console, trainer):
    inbox_pages.fill_up(console.engine, 120)
    seen, after = [], ""
    for _ in range(4):
        told = trainer.get(f"/train/inbox/list?after={after}", headers=JSON).json()
        assert told["total"] == (None if after else 120)
        seen += re.findall(r'data-id="(\d+)"', told["html"])
        after = told["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 120


def test_intents_are_found_by_name_with_a_slip_and_by_example(trainer):
    def found(text):
        answer = trainer.get(f"/train/inbox/intents?q={text}&language=en", headers=JSON)
        return [each["name"] for each in answer.json()["intents"]]

    assert found("refnd")[0] == "refund_status"
    assert found("money")[0] == "refund_status"
    assert set(found("")) >= set(inbox_pages.EXAMPLES)


def test_news_come_once_after_each_change(console, trainer, reviews):
    page = trainer.get("/train/inbox").text
    token = re.search(r'data-token="([^"]*)"', page)[1]

    def news(token, query=""):
        return trainer.get(f"/train/inbox/news?token={token}&rows=8{query}", headers=JSON).json()

    assert "html" not in news(token)
    trainer.does(reviews[0], "skip")
    told = news(token)
    assert told["html"].count("review-row") == told["total"] == len(reviews) - 1
    assert "html" not in news(told["token"])
    trainer.does(None, "undo")
    assert news(told["token"])["total"] == len(reviews)
    assert news(token, "&language=da")["total"] == 1
    assert news(token, "&rows=x")["reading"] is None
    last = trainer.get(f"/train/inbox/{reviews[0]}", headers=JSON).json()["last"]
    assert last == "Tove: Taken back"


def test_accepted_is_what_was_suggested_when_the_trainer_looked(console, trainer, reviews):
    done = trainer.does(reviews[0], "accept", suggested="refund_status").json()
    assert done["said"] == "Labelled as Refund status"
    seen = f"{reviews[1]}:1 {reviews[2]}:1"
    told = {"seen": seen, "suggested": f'{{"{reviews[1]}": "missing_item"}}'}
    assert len(trainer.does(None, "bulk", action="accept", **told).json()["done"]) == 2
    assert [state(console, each)[1] for each in reviews[1:3]] == ["missing_item", "return_item"]
    broken = trainer.does(None, "bulk", action="accept", seen=f"{reviews[3]}:1", suggested="[1")
    assert broken.status_code == 403
    assert trainer.does(reviews[3], "accept", suggested="no_such_intent").status_code == 409


def test_the_language_is_corrected_and_kept_with_who_did_it(console, trainer, reviews):
    done = trainer.does(reviews[4], "language", language="da").json()
    assert (done["said"], 'lang="da"' in done["row"]) == ("Language: Danish", True)
    assert "Tove: Language: Danish" in trainer.get(f"/train/inbox/{reviews[4]}").text
    assert trainer.does(reviews[4], "language", version=2, language="fi").status_code == 409


def test_a_redacted_place_is_shown_filled_and_the_value_is_written(trainer, reviews, project):
    page = trainer.get(f"/train/inbox/{reviews[1]}").text
    value = re.search(r'data-testid="made-up">.*?lang="sv">(NL-900\d{3})</span>', page)[1]
    shown = page.split('data-testid="message-text">')[1].split("</p>")[0]
    assert f'<mark class="made-up">{value}<span class="entity-name"' in shown
    assert '<span class="redacted">[order number]</span>' in page.split('data-testid="original"')[1]
    line = f"Ni har dragit pengar två gånger för order [{value}](order_number)"
    assert f'data-testid="edit-text">{line}</textarea>' in page
    assert trainer.does(reviews[1], "accept").status_code == 200
    assert f"    - {line}\n" in (project / "data/nlu/sv/charged_twice.yml").read_text()


def test_hostile_words_are_shown_and_not_run(console, trainer, reviews):
    hostile = "<img src=x onerror=alert(1)>"
    done = trainer.does(reviews[0], "edit", text=hostile).json()
    assert "<img" not in done["html"] + done["row"]
    assert "<img" not in trainer.get(f"/train/inbox/{reviews[0]}").text


def test_pages_have_no_inline_scripts_or_styles(trainer):
    page = trainer.get("/train/inbox").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ({}, Asked()),
        ({"state": "known", "q": " a b "}, Asked(state="known", q="a b")),
        ({"days": "x", "impact": "y", "language": "sv"}, Asked(language="sv")),
    ],
)
def test_an_address_is_read_as_a_filter(query, asked):
    assert read_asked(query) == asked


def test_a_marked_example_is_cut_at_its_marks():
    found = pieces("är [NL-1](order_number) 👍 [här](place)?")
    assert [(piece.text, piece.entity) for piece in found] == [
        ("är ", ""),
        ("NL-1", "order_number"),
        (" 👍 ", ""),
        ("här", "place"),
        ("?", ""),
    ]
    assert (found[3].start, found[3].end) == (10, 13)
    assert [piece.text for piece in pieces("a [b]() c")] == ["a [b]() c"]


def test_a_made_up_value_is_a_piece_of_its_own_with_the_mark_in_it():
    filled = fill("till [address] nu", "sv")
    address = filled.made_up[0].value
    marked = filled.text.replace("111 11", "[111 11](postcode)")
    found = pieces(marked, filled.made_up)
    assert [(piece.text, piece.entity, piece.made_up) for piece in found] == [
        ("till ", "", ""),
        (address.split("111 11")[0], "", "address"),
        ("111 11", "postcode", "address"),
        (" Stockholm", "", "address"),
        (" nu", "", ""),
    ]
    whole = pieces(f"[{filled.text}](place)", filled.made_up)
    assert [(piece.text, piece.entity) for piece in whole] == [(filled.text, "place")]


def test_sentences_are_suggested_as_parts():
    assert suggest_parts("Hi! Where is it? I paid 3.50.\nBye") == (
        "Hi!\nWhere is it?\nI paid 3.50.\nBye"
    )


def test_what_words_are_likely_to_be_is_told_with_the_reason(trainer):
    def said(words, language="sv"):
        params = {"words": words, "language": language}
        return trainer.get("/train/inbox/entity", params=params, headers=JSON).json()

    assert said("Jacka") == {
        "ok": True,
        "entity": "product",
        "because": "Product: marked so in 1 example.",
    }
    assert said("NL-555555")["because"] == "Order number: they have the form of one."
    assert said("nothing of the kind") == {"ok": True, "entity": None, "because": ""}


def test_the_parts_of_a_split_message_are_read_at_once(
    trainer, console, reviews, tmp_path, monkeypatch
):
    model = tmp_path / "models" / "svara-one.tar.gz"
    model.parent.mkdir()
    model.write_bytes(b"")
    ship(console.engine, model, "tove")
    started = []
    monkeypatch.setattr(jobs, "start", lambda *given: started.append(given[2]))
    trainer.does(reviews[2], "edit", text="The jacket is another one")
    assert started == []
    answer = trainer.does(reviews[6], "split", parts="När kommer mina skor?\nKan jag byta storlek?")
    assert len(answer.json()["made"]) == 2
    assert started == ["predict"]
    assert "Not read yet" in trainer.get("/train/inbox").text


@pytest.mark.parametrize("trouble", [OSError("disk full"), sa.exc.SQLAlchemyError("locked")])
def test_a_split_stands_when_its_parts_cannot_be_read_at_once(
    trainer, console, reviews, tmp_path, monkeypatch, trouble
):
    model = tmp_path / "models" / "svara-one.tar.gz"
    model.parent.mkdir()
    model.write_bytes(b"")
    ship(console.engine, model, "tove")

    def start(*given):
        raise trouble

    monkeypatch.setattr(jobs, "start", start)
    answer = trainer.does(reviews[6], "split", parts="När kommer mina skor?\nKan jag byta storlek?")
    assert answer.status_code == 200
    assert len(answer.json()["made"]) == 2


def test_a_broken_file_is_named_and_the_list_stays(console, trainer, reviews, project):
    file = project / "data/nlu/sv/order_status.yml"
    good = file.read_text()
    file.write_text(good + "\t- tabs\n")
    page = trainer.get("/train/inbox")
    assert page.status_code == 200
    assert page.text.count('data-testid="review-row"') == len(inbox_pages.SAID)
    banner = page.text.split('data-testid="troubles"')[1].split("</div>")[0]
    assert "data/nlu/sv/order_status.yml, line 6: " in banner
    assert "hidden" not in banner.split(">")[0]
    assert trainer.get(f"/train/inbox/{reviews[2]}", headers=JSON).json()["ok"]
    found = trainer.get("/train/inbox/intents?q=return", headers=JSON).json()
    assert found["intents"][0]["name"] == "return_item"
    assert "order_status.yml, line 6" in found["troubles"][0]

    refused = trainer.does(reviews[0], "accept")
    assert refused.status_code == 409 and "order_status.yml, line 6" in refused.text
    assert state(console, reviews[0])[0] == "open"

    file.write_text(good)
    news = trainer.get("/train/inbox/news", headers=JSON).json()
    assert news["troubles"] == []
    assert trainer.does(reviews[0], "accept").json()["ok"]


def test_every_page_under_train_says_once_that_a_file_is_broken(trainer, reviews, project):
    pages = [path for path, _ in roles.TRAIN_NAVIGATION]
    file = project / "data/nlu/sv/order_status.yml"
    good = file.read_text()
    file.write_text(good + "\t- tabs\n")
    for path in pages:
        page = trainer.get(path)
        assert page.status_code == 200
        assert page.text.count('data-testid="troubles"') == 1, path
        banner = page.text.split('data-testid="troubles"')[1].split("</div>")[0]
        assert "hidden" not in banner.split(">")[0]
        assert "data/nlu/sv/order_status.yml, line 6: " in banner
        assert "Nothing can be labelled or shipped until this is mended; nothing is lost" in banner
    file.write_text(good)
    for path in pages:
        assert 'data-testid="troubles" hidden' in trainer.get(path).text, path


def test_filters_are_folded_unless_one_of_them_is_chosen(trainer):
    assert '<details class="more-filters">' in trainer.get("/train/inbox?q=paket").text
    for chosen in ("language=sv", "state=known", "q=paket&days=7"):
        page = trainer.get(f"/train/inbox?{chosen}").text
        assert '<details class="more-filters" open>' in page


def test_an_undo_that_is_refused_says_what_stays_and_how_to_go_on(console, trainer, reviews):
    trainer.does(reviews[0], "skip")
    made = trainer.does(reviews[6], "split", parts="När kommer skorna?\nKan jag byta?").json()[
        "made"
    ]
    inbox.skip(inbox.Inbox(console.engine), inbox.Seen(made[0], 1), "Robin")
    refused = trainer.does(None, "undo")
    assert refused.status_code == 409
    said = refused.json()
    assert said["message"].startswith("Robin was faster: 'När kommer skorna?' is left for later")
    assert "Undo once more takes back what you did before that" in said["message"]
    assert trainer.does(None, "undo", before=said["stays"]).json()["id"] == reviews[0]
    assert state(console, reviews[0])[0] == "open"
    assert trainer.does(None, "undo", before="9" * 40).status_code == 409


def test_with_a_broken_domain_messages_can_still_be_read(trainer, reviews, project):
    (project / "domain.yml").write_text("intents:\n- greet\n  - oops: [\n")
    page = trainer.get(f"/train/inbox/{reviews[1]}")
    assert page.status_code == 200 and "Ni har dragit pengar" in page.text
    banner = page.text.split('data-testid="troubles"')[1].split("</div>")[0]
    assert "domain.yml, line 3" in banner


def test_a_new_intent_is_called_as_the_server_makes_of_the_words(trainer, reviews, project):
    def named(text):
        said = trainer.get("/train/inbox/name", params={"text": text}, headers=JSON).json()
        return said["name"], said["known"], said["says"]

    words = "Presentinslagning & kort!"
    assert named(words) == (
        "presentinslagning_kort", False, "It will be called presentinslagning_kort."
    )  # fmt: skip
    assert named("Order status") == ("order_status", True, "There is Order status already.")
    assert named("?!")[:2] == ("", False)
    assert "No name can be made of '?!'" in named("?!")[2]
    done = trainer.does(reviews[-1], "new_intent", intent=words).json()
    assert done["answer"] == "/train/answers?intent=presentinslagning_kort"
    assert "presentinslagning_kort" in (project / "domain.yml").read_text()
    assert "Write its answer" in trainer.get("/train/inbox").text


def test_without_scripts_a_new_intent_leads_to_its_answer(trainer, reviews):
    answer = trainer.does(reviews[-1], "new_intent", headers={}, intent="Gift wrap")
    assert answer.headers["location"] == "/train/answers?intent=gift_wrap"
    page = trainer.get(answer.headers["location"]).text
    assert "do you gift wrap" in page
    assert "Customers get “Sorry, I misunderstood you”" in page
