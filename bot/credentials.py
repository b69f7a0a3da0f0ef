"""Where a secret comes from. The config only names the place; the secret itself is never in it, nor in any repr."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, SecretStr


class FromFile(SecretStr):
    """One that a file of the owner's holds."""

    def __init__(self, secret: str, path: Path) -> None:
        super().__init__(secret)
        self.path = path


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
    return FromFile(secret, Path(where).expanduser()) if kind == "file" else SecretStr(secret)


def _read(path: Path) -> tuple[str, str]:
    try:
        return path.expanduser().read_text(encoding="utf-8-sig"), f"{path} is empty"  # editors may put a mark first
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}") from error


FOR_ONE_PROGRAM = Path("/run/secrets")
"""Where a container finds its secrets: nobody else is in there."""


def files_open_to_all(*settings: BaseModel) -> list[Path]:
    """The files of secrets that everybody on this machine may read."""
    secrets = (value for each in settings for _, value in each if isinstance(value, FromFile))
    paths = {secret.path for secret in secrets if not secret.path.is_relative_to(FOR_ONE_PROGRAM)}
    return sorted(path for path in paths if path.exists() and path.stat().st_mode & stat.S_IROTH)


def secret_fields(model: type[BaseModel]) -> frozenset[str]:
    """The names of the fields that hold a secret."""
    return frozenset(name for name, field in model.model_fields.items() if "SecretStr" in str(field.annotation))


Secret = Annotated[SecretStr, BeforeValidator(resolve)]
