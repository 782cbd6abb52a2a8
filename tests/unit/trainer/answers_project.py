"""A small project with rules and responses, for the tests of answers."""

from __future__ import annotations

from pathlib import Path

from bot.trainer.answers import Place
from bot.trainer.checks import Project

DOMAIN = """\
version: "3.1"

# Edited by hand. Mind the order.
intents:
- greet
- help
- order_status
- callback_window   # by button
- gift_wrap
- shipping
- nlu_fallback

actions:
- action_answer
- action_hand_off

forms:
  order_form:
    required_slots: []

responses:
  utter_greet:
  - condition: [{type: slot, name: language, value: en}]
    text: "Hello, I'm a \\"bot\\"."
  - condition: [{type: slot, name: language, value: sv}]
    text: "Hej, jag är en bot."   # short
  - condition: [{type: slot, name: language, value: da}]
    text: "Hej, jeg er en bot."
  - condition: [{type: slot, name: language, value: nb}]
    text: "Hei, jeg er en bot."

  utter_help:
  - condition: [{type: slot, name: language, value: en}]
    text: "I can help."
    buttons:
    - {title: "Order", payload: '/order_status'}

# how long a session lasts
session_config:
  session_expiration_time: 60
"""
RULES = """\
version: "3.1"

rules:

# --- small talk

- rule: Greeting
  steps:
  - intent: greet
  - action: utter_greet

- rule: Help
  steps:
  - intent: help
  - action: utter_help

- rule: Orders
  steps:
  - or:
    - intent: order_status
    - intent: nlu_fallback
      entities: [order_number]
  - action: order_form
  - active_loop: order_form

# --- the end
"""
ASIDES = """\
set_aside:
- check: "no-rule"
  intent: "callback_window"
  because: "asked for by a form"
"""
TEXTS = {
    "en": "Yes, we wrap gifts.",
    "sv": "Ja, vi slår in presenter.",
    "da": "Ja, vi pakker gaver ind.",
    "nb": "Ja, vi pakker inn gaver.",
}


def write_project(folder: Path, *, domain: str = DOMAIN, rules: str | None = RULES) -> Place:
    """The project in a folder; its files are written byte for byte."""
    (folder / "data/nlu/en").mkdir(parents=True, exist_ok=True)
    (folder / "domain.yml").write_bytes(domain.encode())
    if rules is not None:
        (folder / "data/rules.yml").write_bytes(rules.encode())
    (folder / "data/checks.yml").write_text(ASIDES)
    return Place(Project.at(folder), folder / "var/answers.jsonl")


def everything(folder: Path) -> dict[str, bytes]:
    """All files of the project."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.yml"))
    }
