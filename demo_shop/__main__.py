"""`python -m demo_shop --port N --database FILE`: the order system on 127.0.0.1."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from demo_shop.api import create_app

KEY_VARIABLE = "SVARA_ORDER_SYSTEM_KEY"


def main() -> None:
    """Serve until stopped; prints nothing but errors."""
    parser = argparse.ArgumentParser(
        prog="python -m demo_shop",
        description="The demo shop's order system.",
        epilog=f"The API key is read from the environment variable {KEY_VARIABLE}.",
    )
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--database", type=Path, required=True, help="SQLite file, made if missing")
    options = parser.parse_args()
    if not 0 < options.port < 65536:
        parser.error(f"--port must be 1 to 65535, not {options.port}")
    try:
        app = create_app(options.database, os.environ.get(KEY_VARIABLE, ""))
    except ValueError as error:
        parser.error(f"{error} It is read from {KEY_VARIABLE}.")
    except (SQLAlchemyError, OSError) as error:
        parser.error(f"cannot use {options.database}: {error}. Give another file, or remove it.")
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=options.port,
        log_level="error",
        access_log=False,
        lifespan="off",
        ws="none",  # uvicorn's own choice does not load beside Rasa's older websockets
    )


if __name__ == "__main__":
    main()
