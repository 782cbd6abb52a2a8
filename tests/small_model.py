"""A model that is trained in seconds: it knows intents by keywords and acts by rules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
INTENTS = ("greet", "goodbye", "thank", "order", "weather", "person")
CONFIG = """\
recipe: default.v1
language: en
assistant_id: small
pipeline:
- name: KeywordIntentClassifier
- name: FallbackClassifier
  threshold: 0.5
policies:
- name: RulePolicy
"""
DOMAIN = """\
version: "3.1"
intents: [greet, goodbye, thank, order, weather, person]
entities: [order_number]
slots:
  order_number: {type: text, mappings: [{type: from_entity, entity: order_number}]}
actions: [action_answer, action_hand_off, action_not_understood]
forms: {order_form: {required_slots: [order_number]}}
responses:
  utter_greet: [{text: Hello}]
  utter_goodbye: [{text: Bye}]
  utter_thank: [{text: Any time}]
  utter_ask_order_number: [{text: "Which one?"}]
"""
RULES = """\
version: "3.1"
rules:
- rule: greeting
  steps: [{intent: greet}, {action: utter_greet}]
- rule: goodbye
  steps: [{intent: goodbye}, {action: utter_goodbye}]
- rule: thanks
  steps: [{intent: thank}, {action: utter_thank}, {action: utter_goodbye}]
- rule: weather
  steps: [{intent: weather}, {action: action_answer}]
- rule: person
  steps: [{intent: person}, {action: action_hand_off}]
- rule: order
  steps: [{intent: order}, {action: order_form}, {active_loop: order_form}]
- rule: fallback
  steps: [{intent: nlu_fallback}, {action: action_not_understood}]
"""


def train(folder: Path) -> Path:
    """Trains it in a folder, on each intent's own name as its only keyword."""
    nlu = "".join(f"- intent: {name}\n  examples: |\n    - {name}\n" for name in INTENTS)
    (folder / "data/nlu").mkdir(parents=True)
    (folder / "models").mkdir()
    (folder / "data/nlu/en.yml").write_text(f'version: "3.1"\nnlu:\n{nlu}')
    (folder / "data/rules.yml").write_text(RULES)
    (folder / "domain.yml").write_text(DOMAIN)
    (folder / "config.yml").write_text(CONFIG)
    model = folder / "models/svara-small.tar.gz"
    done = subprocess.run(
        [sys.executable, "-m", "bot.trainer.rasa_training", str(model)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert model.exists(), done.stdout + done.stderr
    return model
