"""Where a secret comes from. The config only names the place; the secret itself is never in it, nor in any repr."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, SecretStr


def resolve(place: object) -> SecretStr:
    """Read "env:NAME", "file:PATH" or "credential:NAME" (systemd's LoadCredential). Raises ValueError."""
    kind, _, where = place.partition(":") if isinstance(place, str) else ("", "", "")
    if kind == "env" and where:
        secret = os.environ.get(where, "")
        missing = f"the environment has no {where}: set it where the bot is started"
    elif kind == "file" and where:
        secret, missing = _read(Path(where))
    elif kind == "credential" and where:
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ValueError(f"credential:{where} needs a service manager that sets CREDENTIALS_DIRECTORY")
        secret, missing = _read(Path(folder) / where)
    else:
        raise ValueError('say where the secret is: "env:NAME", "file:PATH" or "credential:NAME"')
    secret = secret.strip()
    if not secret:
        raise ValueError(missing)
    if not secret.isprintable():
        raise ValueError(f"{place} holds more than one line: leave nothing there but the secret")
    return SecretStr(secret)


def _read(path: Path) -> tuple[str, str]:
    try:
        return path.expanduser().read_text(encoding="utf-8-sig"), f"{path} is empty"  # editors may put a mark first
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}") from error


def secret_fields(model: type[BaseModel]) -> frozenset[str]:
    """The names of the fields that hold a secret."""
    return frozenset(name for name, field in model.model_fields.items() if "SecretStr" in str(field.annotation))


Secret = Annotated[SecretStr, BeforeValidator(resolve)]
