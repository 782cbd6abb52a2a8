"""Examples from other tools, and into a table and back."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from nlu_folder import GREET, write

from bot.cli import main
from bot.errors import NluDataInvalid, NluError
from bot.trainer.labelled import NO_LANGUAGE
from bot.trainer.nlu_files import Add, Entity, apply, mark, read_sources
from bot.trainer.nlu_files.exchange import Read, archives, plan_import, read_export, write_csv
from bot.trainer.nlu_files.exchange.archives import Member
from bot.trainer.nlu_files.exchange.spreadsheet import read_csv, write_rows
from bot.trainer.nlu_files.sources import SourceExample

DOMAIN = "intents:\n- greet\n- goodbye\n\nentities:\n- date\n"


def found(read: Read) -> list[tuple[str, str, str]]:
    return [(item.marked, item.intent, item.language) for item in read.items]


def dumped(folder: Path, name: str, content: Any) -> Path:
    return write(folder, name, json.dumps(content))


def test_what_is_exported_comes_back_the_same(tmp_path: Path) -> None:
    write(tmp_path, "nlu/sv/greet.yml", GREET)
    write(
        tmp_path,
        "nlu/en/a.yml",
        'nlu:\n- intent: a\n  examples: |\n    - =1+1\n    - \'-x\n    - a "b", c; d\n',
    )
    sources = read_sources(tmp_path / "nlu")
    assert write_csv(tmp_path / "all.csv", sources) == 8
    assert found(read_export(tmp_path / "all.csv")) == [
        (one.marked, one.intent, one.language) for one in sources
    ]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    texts = ["=cmd()", "+1", "-1", "@a", "'=x", "''-y", "'fine", "fine"]
    rows = [SourceExample(t, t, "a", "en", tmp_path, 1) for t in texts]
    write_csv(tmp_path / "a.csv", rows)
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [row[0] for row in csv.reader(stream)][1:]
    assert not [cell for cell in cells if cell[0] in "=+-@"]
    assert [text for text, _, _ in found(read_export(tmp_path / "a.csv"))] == texts


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1)
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_a_table(texts: list[str]) -> None:
    import tempfile  # noqa: PLC0415

    from bot.trainer.nlu_files import one_line  # noqa: PLC0415

    lines = [line for line in map(one_line, texts) if line and "[" not in line]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.csv"
        write_rows(path, ("text", "intent", "lang"), [(line, "a", "sv") for line in lines])
        assert [item.text for item in read_export(path).items] == lines


def test_a_table_made_by_excel_with_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = write(
        tmp_path, "a.csv", "\ufeffText;Intent;Lang\r\nhej, du;greet;sv-SE\r\nhi;greet;\r\n"
    )
    assert found(read_export(path, language="en")) == [
        ("hej, du", "greet", "sv"),
        ("hi", "greet", "en"),
    ]
    assert found(read_export(path))[1][2] == NO_LANGUAGE


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (
            "text,intent\nhej,a\nhall\u00e5,b\n".encode("latin-1"),
            3,
            "not UTF-8 .byte 0xe5.*CSV UTF-8",
        ),
        (b"\xff\xfet\x00e\x00x\x00t\x00", 1, "not UTF-8"),
        (b"a,b\nc,d\n", 1, "must name the columns"),
        (b"", 1, "must name the columns"),
        (b"text,intent\nhej,a,b\n", 2, "more fields than columns"),
        (b'text,intent\nhej,a\n"hej"x,a\n', 3, "not readable as CSV"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int, reason: str
) -> None:
    path = write(tmp_path, "a.csv", content)
    with pytest.raises(NluDataInvalid, match=reason) as caught:
        read_export(path, "csv")
    assert (caught.value.path, caught.value.line) == (path, line)


def test_rasa_projects_of_all_ages(tmp_path: Path) -> None:
    write(tmp_path, "p/data/sv/nlu.yml", GREET)
    write(tmp_path, "p/domain.yml", "intents: [greet]\n")
    write(
        tmp_path,
        "p/data/old.md",
        "## intent:greet\n- hi [you](who)\n<!-- x -->\n## synonym:a\n- b\n",
    )
    dumped(
        tmp_path,
        "p/data/older.json",
        {
            "rasa_nlu_data": {
                "common_examples": [
                    {
                        "text": "see  you\ttomorrow ",
                        "intent": "goodbye",
                        "entities": [
                            {"start": 9, "end": 17, "value": "1d", "entity": "date"},
                        ],
                    },
                    {
                        "text": "x",
                        "intent": "y",
                        "entities": [{"start": 3, "end": 9, "entity": "z"}],
                    },
                ]
            }
        },
    )
    read = read_export(tmp_path / "p", language="en")
    assert sorted(found(read)) == sorted(
        [
            ("hi [you](who)", "greet", "en"),
            ('see you [tomorrow]{"entity": "date", "value": "1d"}', "goodbye", "en"),
            *(
                (one.marked, one.intent, "sv")
                for one in read_sources(tmp_path / "p" / "data")
                if one.language == "sv"
            ),
        ]
    )
    assert [one.text for one in read.left_out] == ["x"]


def test_a_broken_file_of_a_rasa_project_is_named_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "p/a.yml", "nlu:\n- intent: a\n  examples: |\n\t- x\n")
    with pytest.raises(NluDataInvalid, match=r"a\.yml, line 4: a tab"):
        read_export(tmp_path / "p")


def zipped(path: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(
                name, content if isinstance(content, str | bytes) else json.dumps(content)
            )
    return path


ES = {
    "agent.json": {"description": "", "language": "en"},
    "package.json": {"version": "1.0.0"},
    "intents/order_status.json": {"id": "1", "name": "order.status", "responses": []},
    "intents/order_status_usersays_en.json": [
        {
            "id": "2",
            "data": [
                {"text": "where is ", "userDefined": False},
                {"text": "NL-1", "alias": "order_number", "meta": "@order", "userDefined": True},
                {"text": " now", "meta": "@sys.ignore", "userDefined": False},
            ],
            "isTemplate": False,
            "count": 0,
        },
        {"id": "3", "data": [{"text": "@order:order please"}], "isTemplate": True},
    ],
    "intents/order_status_usersays_sv.json": [{"id": "4", "data": [{"text": "var är den"}]}],
    "intents/old.json": {
        "name": "old",
        "userSays": [{"data": [{"text": "hello"}], "lang": "en-GB"}],
    },
    "entities/order.json": {"name": "order"},
    "entities/order_entries_en.json": [{"value": "x", "synonyms": []}],
}
CX = {
    "agent.json": {"displayName": "Shop"},
    "intents/order.status/order.status.json": {"name": "u-u-i-d", "displayName": "order.status"},
    "intents/order.status/trainingPhrases/no.json": {
        "trainingPhrases": [
            {
                "id": "1",
                "repeatCount": 1,
                "languageCode": "no",
                "parts": [
                    {"text": "hvor er ", "auto": True},
                    {"text": "NL-1", "parameterId": "order_number", "auto": True},
                ],
            }
        ]
    },
    "entityTypes/order/order.json": {"displayName": "order"},
}


def test_dialogflow_es(tmp_path: Path) -> None:
    read = read_export(zipped(tmp_path / "agent.zip", ES))
    assert found(read) == [
        ("hello", "old", "en"),
        ("where is [NL-1](order_number) now", "order.status", "en"),
        ("var är den", "order.status", "sv"),
    ]
    assert [one.reason for one in read.left_out] == ["a template, not a sentence"]


def test_dialogflow_cx_intents_have_the_name_that_people_see(tmp_path: Path) -> None:
    # A folder is percent-encoded: seen in packages that Dialogflow itself pushed to git.
    phrases = {"trainingPhrases": [{"parts": [{"text": "no thanks"}], "languageCode": "en"}]}
    folder = "intents/No%2c I have none."
    package = {f"{folder}/trainingPhrases/en.json": phrases}
    assert found(read_export(zipped(tmp_path / "bare.zip", package))) == [
        ("no thanks", "No, I have none.", "en")
    ]
    package[f"{folder}/No%2c I have none..json"] = {"name": "u-u-i-d", "displayName": "none "}
    assert found(read_export(zipped(tmp_path / "named.zip", package))) == [
        ("no thanks", "none", "en")
    ]


def test_a_phrase_in_a_language_of_others_is_not_taken_for_one_of_ours(tmp_path: Path) -> None:
    package = {"intents/hi_usersays_fr.json": [{"data": [{"text": "bonjour"}]}]}
    read = read_export(zipped(tmp_path / "agent.zip", package), language="sv")
    (tmp_path / "nlu").mkdir()
    plan = plan_import(read, {"hi"}, tmp_path / "nlu")
    assert not plan.changes
    assert [one.reason for one in plan.left_out] == ["in fr, which is none of en, sv, da, nb"]


def test_dialogflow_cx(tmp_path: Path) -> None:
    wanted = [("hvor er [NL-1](order_number)", "order.status", "nb")]
    assert found(read_export(zipped(tmp_path / "agent.zip", CX))) == wanted
    listed = {
        "intents": [
            {
                "name": "projects/p/agents/a/intents/i",
                "displayName": "order.status",
                "trainingPhrases": CX["intents/order.status/trainingPhrases/no.json"][
                    "trainingPhrases"
                ],
            }
        ]
    }
    assert found(read_export(dumped(tmp_path, "intents.json", listed))) == wanted


MESSAGES = {
    "meta": {"labels": []},
    "payload": [
        {
            "id": 1,
            "content": "Hej!\nVar är mitt paket?",
            "message_type": 0,
            "private": False,
            "conversation_id": 7,
        },
        {"id": 2, "content": "Den kommer i morgon", "message_type": 1, "private": False},
        {"id": 3, "content": "Conversation was resolved", "message_type": 2, "private": False},
        {"id": 4, "content": None, "message_type": 0, "attachments": [{}]},
        {"id": 5, "content": "note", "message_type": 0, "private": True},
    ],
}


def test_chatwoot_messages_have_texts_of_contacts_and_no_intent(tmp_path: Path) -> None:
    wanted = [("Hej! Var är mitt paket?", "", "sv")]
    assert found(read_export(dumped(tmp_path, "7.json", MESSAGES), language="sv")) == wanted
    lines = "\n".join(json.dumps(message) for message in MESSAGES["payload"])
    assert found(read_export(write(tmp_path, "m.jsonl", lines), language="sv")) == wanted
    table = write(
        tmp_path,
        "messages.csv",
        "id,content,message_type,private\n"
        '1,"Hej!\nVar är mitt paket?",0,f\n2,Svar,1,f\n3,Not,0,t\n',
    )
    assert found(read_export(table, language="sv")) == wanted


@pytest.mark.parametrize(
    "deleted", [{"deleted": True}, '{"deleted":true}', '"{\\"deleted\\":true}"']
)
def test_what_chatwoot_wrote_for_a_deleted_message_is_no_customers_word(
    tmp_path: Path, deleted: object
) -> None:
    message = {"message_type": 0, "private": False, "content_type": "text"}
    gone = {**message, "content": "This message was deleted", "content_attributes": deleted}
    call = {**message, "content": "Voice Call", "content_type": "voice_call"}
    kept = {**message, "content": "hej", "content_attributes": {"in_reply_to": 3}}
    read = read_export(dumped(tmp_path, "7.json", {"payload": [gone, call, kept]}), language="sv")
    assert found(read) == [("hej", "", "sv")]


@pytest.mark.parametrize("content", ["{", "[1, 2", "[" * 100_000])
def test_json_that_is_none_is_refused_with_its_line(tmp_path: Path, content: str) -> None:
    with pytest.raises(NluDataInvalid, match=r"a\.json"):
        read_export(write(tmp_path, "a.json", content), "dialogflow")


@pytest.mark.parametrize("kind", ["dialogflow", "chatwoot", "rasa"])
@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "payload",
                        "message_type",
                        "content",
                        "intents",
                        "trainingPhrases",
                        "parts",
                        "data",
                        "text",
                        "rasa_nlu_data",
                        "common_examples",
                        "entities",
                        "start",
                        "end",
                        "entity",
                        "userSays",
                        "name",
                    ]
                ),
                inner,
            )
        ),
    )
)
@settings(max_examples=20, deadline=None)
def test_any_json_is_read_or_refused(kind: str, content: object) -> None:
    from bot.trainer.nlu_files.exchange.chatwoot import read_chatwoot  # noqa: PLC0415
    from bot.trainer.nlu_files.exchange.dialogflow import read_dialogflow  # noqa: PLC0415
    from bot.trainer.nlu_files.exchange.rasa import read_rasa  # noqa: PLC0415

    member = Member("intents/a.json", "a.json", json.dumps(content).encode())
    readers = {"dialogflow": read_dialogflow, "chatwoot": read_chatwoot, "rasa": read_rasa}
    assert isinstance(readers[kind]([member]), Read)


def test_a_zip_that_swells_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "bomb.zip", {"a.json": b" " * 3_000_000})
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 1_000_000)
    with pytest.raises(NluError, match="larger than"):
        read_export(path)
    monkeypatch.setattr(archives, "MAX_FILES", 1)
    many = zipped(tmp_path / "many.zip", {"a.json": {}, "b.json": {}})
    with pytest.raises(NluError, match="2 files; at most 1"):
        read_export(many)


def test_a_zip_never_writes_outside_and_a_folder_never_reads_outside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    phrases = [{"data": [{"text": "hej"}]}]
    path = zipped(tmp_path / "in" / "evil.zip", {"../../evil_usersays_sv.json": phrases})
    before = sorted(tmp_path.rglob("*"))
    assert found(read_export(path)) == [("hej", "evil", "sv")]
    assert sorted(tmp_path.rglob("*")) == before
    secret = write(tmp_path, "secret.csv", "text,intent\nx,y\n")
    (tmp_path / "in" / "a.csv").symlink_to(secret)
    with pytest.raises(NluError, match="no file in it"):
        read_export(tmp_path / "in", "csv")


def test_a_broken_zip_is_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", CX)
    content = bytearray(path.read_bytes())
    content[60:90] = b"\x00" * 30
    path.write_bytes(content)
    with pytest.raises(NluError, match="cannot be read as a zip"):
        read_export(path)


def items(*rows: tuple[str, str, str]) -> Read:
    read = Read()
    for text, intent, language in rows:
        read.take_marked(text, intent, language, "x.csv, line 2")
    return read


def test_a_plan_only_adds_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    write(tmp_path, "sv/greet.yml", GREET)
    read = items(
        ("hej", "greet", "sv"),
        ("hej", "goodbye", "sv"),
        ("hejdå [nu](date) [Kim](name)", "goodbye", "sv"),
        ("hejdå nu Kim", "greet", "sv"),
        ("vad", "unknown", "sv"),
        ("bonjour", "greet", NO_LANGUAGE),
        ("C:\\users", "greet", "sv"),
        ("paket?", "", "sv"),
    )
    plan = plan_import(read, ["greet", "goodbye"], tmp_path, entities=["date"])
    assert plan.changes == (Add("sv", "goodbye", "hejdå [nu](date) Kim"),)
    assert plan.there == 1
    assert [item.text for item in plan.unlabelled] == ["paket?"]
    assert plan.unmarked == {"name": 1}
    assert [one.reason for one in plan.left_out] == [
        f"is an example of greet already ({tmp_path}/sv/greet.yml, line 6)",
        "is an example of goodbye already",
        "there is no intent unknown; take it with --new-intents",
        "of no language that we know; say which with --lang",
        "'C:\\\\users' cannot be an example: Rasa takes a backslash with a u for a character's "
        "number.",
    ]
    again = plan_import(read, ["greet", "goodbye"], tmp_path, new_intents=True)
    assert again.new_intents == ("unknown",)


def test_intents_are_called_as_ours_are_or_as_we_say(tmp_path: Path) -> None:
    read = items(
        ("a", "Order Status", "en"),
        ("b", "order.status", "en"),
        ("c", "Kundtjänst (ny)", "sv"),
        ("d", "where", "en"),
        ("e", "日本", "en"),
        ("f", "12", "en"),
    )
    names = {"where": "order_status"}
    plan = plan_import(read, ["order_status"], tmp_path, new_intents=True, names=names)
    assert [change.intent for change in plan.changes] == [
        "order_status",
        "order_status",
        "kundtjanst_ny",
        "order_status",
    ]
    assert plan.renamed == {
        "Order Status": "order_status",
        "order.status": "order_status",
        "Kundtjänst (ny)": "kundtjanst_ny",
        "where": "order_status",
    }
    assert [one.reason.split(";")[0] for one in plan.left_out] == [
        "日本 cannot be the name of an intent",
        "12 cannot be the name of an intent",
    ]
    assert plan.new_intents == ("kundtjanst_ny",)
    assert len(apply(plan.changes, tmp_path)) == 2


def test_rows_for_testing_are_not_trained_on(tmp_path: Path) -> None:
    read = read_csv(
        Member("a.csv", "a.csv", b"text,intent,split\na,greet,test\nb,greet,train\n"), "en"
    )
    plan = plan_import(read, ["greet"], tmp_path)
    assert plan.changes == (Add("en", "greet", "b"),)
    assert [one.reason for one in plan.left_out] == ["is for test, not for training"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "data/nlu/sv/greet.yml", GREET)
    write(tmp_path, "domain.yml", DOMAIN)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["data", *arguments])
    return result.exit_code, result.output


def test_an_import_shows_first_and_writes_when_asked(project: Path) -> None:
    write(project, "in.csv", "text,intent,lang\ntjena,greet,sv\nhej,greet,sv\nvar?,where,sv\n")
    code, output = run("import", "in.csv", "--new-intents")
    assert code == 0
    assert "2 examples to add" in output
    assert "+ where                        sv 1   new intent" in output
    assert "1 are there already" in output
    assert "Nothing was written yet" in output
    assert (project / "data/nlu/sv/greet.yml").read_text(encoding="utf-8") == GREET
    assert (
        "+ greet                        sv 2" in run("import", "in.csv", "--name", "where=greet")[1]
    )
    assert run("import", "in.csv", "--name", "where")[0] == 2
    code, output = run("import", "in.csv", "--new-intents", "--write")
    assert code == 0
    assert "Written: 3 files. " in output
    assert [one.marked for one in read_sources(Path("data/nlu")) if one.intent == "where"] == [
        "var?"
    ]
    assert (project / "domain.yml").read_text() == DOMAIN.replace(
        "- goodbye\n", "- goodbye\n- where\n"
    )
    assert run("import", "in.csv", "--write")[1].count("3 are there already") == 1


def test_texts_without_an_intent_are_written_to_be_labelled_redacted(project: Path) -> None:
    payload = [{"content": "min mejl är anna@example.com", "message_type": 0}]
    dumped(project, "c.json", {"payload": payload})
    code, output = run("import", "c.json", "--lang", "sv", "--texts", "todo.csv")
    assert code == 0, output
    content = (project / "todo.csv").read_text(encoding="utf-8-sig")
    assert content.splitlines() == ["text,intent,lang", "min mejl är [email],,sv"]
    code, output = run("import", "c.json", "--texts", "todo.csv")
    assert code == 2
    assert "todo.csv is there already" in output


def test_an_export_does_not_write_over_somebodys_table(project: Path) -> None:
    assert run("export", "all.csv", "--lang", "sv", "--intent", "greet") == (
        0,
        "3 examples are in all.csv.\n",
    )
    code, output = run("export", "all.csv")
    assert code == 2
    assert "all.csv is there already" in output
    assert run("export", "all.csv", "--force")[0] == 0
    assert run("export", "b.csv", "--intent", "nope")[0] == 2


def test_what_is_left_out_can_be_had_as_a_table(project: Path) -> None:
    write(project, "in.csv", "text,intent,lang\n" + "".join(f"a{n},nope,sv\n" for n in range(30)))
    code, output = run("import", "in.csv", "--left-out", "out.csv", "--write")
    assert code == 0
    assert "and 10 more" in output
    assert len((project / "out.csv").read_text(encoding="utf-8-sig").splitlines()) == 31


def test_a_mark_over_several_lines_keeps_its_words(tmp_path: Path) -> None:
    read = Read()
    read.take("a\n\n  b  c", "x", "en", "y", entities=[Entity(5, 9, "e", "b  c")])
    assert found(read) == [("a [b c](e)", "x", "en")]
    assert mark("a b", [Entity(2, 3, "e", "b")]) == "a [b](e)"
    apply([Add("en", "x", read.items[0].marked)], tmp_path)
