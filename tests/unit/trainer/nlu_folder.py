"""A small folder of training files, for the tests of reading and changing them."""

from __future__ import annotations

from pathlib import Path

GREET = """\
version: "3.1"
# Written by hand. Mind the order.
nlu:
- intent: greet   # hello and the like
  examples: |
    - hej
    # from the mails of May
    - god morgon
    - hallå där

- synonym: Stockholm
  examples: |
    - sthlm
- intent: goodbye
  examples: |
      -   hej då
      - vi ses [i morgon](date)
"""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
