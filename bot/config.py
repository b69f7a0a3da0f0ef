"""The owner's TOML file -> settings that cannot change. A mistake is one line: file, line, key, what is expected.

Each network reads its own table (`networks`); an unknown key is refused with a guess at the one that was meant.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot import networks
from bot.consent import Wishes
from bot.credentials import secret_fields
from bot.errors import ConfigError
from bot.models import Aim, Goal
from bot.second_opinion import Settings as SecondOpinionSection

PLACES = (Path("config.toml"), Path("~/.config/underheard/config.toml"))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
LONGEST_NAME = 24
EXAMPLES = {
    "timezone": '"Europe/Amsterdam"',
    "language": '"en"',
    "name": '"book"',
    "want": '"Finish the seed-library guide with people who run one."',
    "kind": '"collaborate"',
    "weight": "3",
    "topics": '["seed library", "heirloom"]',
    "not": '["seed round", "crypto"]',
    "until": "2027-03-31",
    "at": '["08:00"]',
    "via": f'"{next(iter(networks.NETWORKS))}"',
    "items": "3",
    "new_voice": "true",
    "resurface_max": "2",
    "size": "150",
    "watch": '["june@social.example"]',
    "same_person": '[["june@social.example", "june.example.com"]]',
    "non_public": '"ignore"',
    "allow": '["june@social.example"]',
    "never": '["june@social.example"]',
    "dir": '"~/.local/share/underheard"',
    "url": '"http://127.0.0.1:11434/v1"',
    "model": '"llama3.1:8b"',
    "seconds": "20",
}
"""Of what is told when a setting is missing or of another kind. The networks tell theirs; the rest says its own."""


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError) as error:
        raise ValueError('name a time zone like "Europe/Amsterdam"') from error


def _span(text: object) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})\s?([mhdw])", str(text))
    if not found or not int(found[1]):
        raise ValueError('write a span of time like "10m", "6h", "7d" or "2w"')
    return int(found[1]) * UNITS[found[2]]


def _time(text: object) -> time:
    if isinstance(text, time):
        return text
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(text))
    if not found:
        raise ValueError('write a time of day like "08:00"')
    return time(int(found[1]), int(found[2]))


def _days(text: object) -> frozenset[int]:
    found: set[int] = set()
    for part in str(text).replace(" ", "").lower().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError('write days like "mon-sun" or "mon,wed,fri"')
        start, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)


def _weekly(text: object) -> tuple[int, time] | None:
    if text == "":
        return None
    day, _, at = str(text).strip().lower().partition(" ")
    if day not in DAYS:
        raise ValueError('write a day and a time like "sun 18:00", or "" for never')
    return DAYS.index(day), _time(at.strip())


def _handle(text: object) -> str:
    handle = str(text).strip().removeprefix("@").casefold()
    if not re.fullmatch(r"\S+\.\S+", handle):
        raise ValueError('write an account in full, like "june@social.example"')
    return handle


def _goal_name(text: str) -> str:
    if not re.fullmatch(rf"[^\s\[\]@#<>&\x00-\x1f]{{1,{LONGEST_NAME}}}", text):
        raise ValueError(f"name a goal with one short word (up to {LONGEST_NAME} letters)")
    return text


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Span = Annotated[timedelta, BeforeValidator(_span)]
TimeOfDay = Annotated[time, BeforeValidator(_time)]
Days = Annotated[frozenset[int], BeforeValidator(_days)]
Weekly = Annotated[tuple[int, time] | None, BeforeValidator(_weekly)]
Handle = Annotated[str, BeforeValidator(_handle)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class OwnerSection(Section):
    timezone: Zone
    language: Literal["en"] = "en"


class GoalSection(Section):
    name: Annotated[str, AfterValidator(_goal_name)]
    want: str = Field(min_length=3)
    kind: Aim
    weight: int = Field(default=1, ge=1, le=5)
    topics: tuple[str, ...] = ()
    excluded: tuple[str, ...] = Field(default=(), alias="not")
    until: date | None = None

    def goal(self) -> Goal:
        return Goal(**dict(self))


class DigestSection(Section):
    at: tuple[TimeOfDay, ...] = (time(8),)
    days: Days = frozenset(range(7))
    via: str = ""
    items: int = Field(default=3, ge=1, le=5)
    new_voice: bool = True
    weekly_review: Weekly = (6, time(18))


class FollowupSection(Section):
    ask_outcome_after: Span = timedelta(days=14)
    going_cold_after: Span = timedelta(days=7)
    resurface_max: int = Field(default=2, ge=0, le=10)


class CircleSection(Section):
    size: int = Field(default=150, ge=1, le=500)
    watch: tuple[Handle, ...] = ()
    same_person: tuple[tuple[Handle, ...], ...] = ()


class PrivacySection(Section):
    non_public: Literal["ignore", "point"] = "ignore"
    allow: frozenset[Handle] = frozenset()
    keep_open: Span = timedelta(days=60)
    keep_people: Span = timedelta(days=180)
    never: frozenset[Handle] = frozenset()

    def wishes(self) -> Wishes:
        return Wishes(allow=self.allow, never=self.never, points_at_private=self.non_public == "point")


class StateSection(Section):
    dir: Path = Path("~/.local/share/underheard")
    poll_every: Span = timedelta(minutes=10)

    @property
    def folder(self) -> Path:
        return self.dir.expanduser()


class Config(Section):
    owner: OwnerSection
    goal: tuple[GoalSection, ...] = Field(min_length=1)
    digest: DigestSection = DigestSection()
    followup: FollowupSection = FollowupSection()
    circle: CircleSection = CircleSection()
    privacy: PrivacySection = PrivacySection()
    state: StateSection = StateSection()
    second_opinion: SecondOpinionSection = SecondOpinionSection()
    networks: dict[str, SerializeAsAny[BaseModel]]

    @property
    def goals(self) -> tuple[Goal, ...]:
        return tuple(section.goal() for section in self.goal)


def find(path: Path | None) -> Path:
    """The file that was named, else the first that is there."""
    candidates = [path] if path else [place.expanduser() for place in PLACES]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    if path and path.is_dir():
        raise ConfigError(f"{path} is a folder: name the file in it, like --config {path / 'config.toml'}")
    raise ConfigError(f"there is no {' and no '.join(map(str, candidates))}: `underheard init` writes one")


def load(path: Path) -> Config:
    """Raises ConfigError with the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors may put a mark first
        table = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(_no_text(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_no_text(path) if "\0" in text else _no_toml(path, str(error))) from error
    return _Reader(path, text).config(table)


def _no_text(path: Path) -> str:
    return f"{path} is no text in UTF-8: name the config, or save it as plain text, like config.example.toml"


def _no_toml(path: Path, said: str) -> str:
    found = re.search(r" \(at line (\d+), column (\d+)\)$", said)
    line, column = (f":{found[1]}", f" (column {found[2]})") if found else ("", "")
    what = said[: found.start()] if found else said
    like = 'write lines like items = 3 or days = "mon-fri"'
    return f"{path}{line}: this is not TOML: {what[0].lower() + what[1:]}{column}; {like}"


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def config(self, table: dict[str, Any]) -> Config:
        configured = [name for name in networks.NETWORKS if name in table]
        try:
            settings = {name: self._network(name, table.pop(name)) for name in configured}
            config = Config.model_validate({**table, "networks": settings})
        except ValidationError as error:
            raise self._complaint(error.errors()[0]) from error
        if not configured:
            raise ConfigError(f"{self._path}: no account to read: fill in [{'] or ['.join(networks.NETWORKS)}]")
        self._check(config)
        return config

    def _network(self, name: str, table: object) -> BaseModel:
        try:
            settings: BaseModel = networks.module(name).Settings.model_validate(table)
        except ValidationError as error:
            raise self._complaint(error.errors()[0], name) from error
        return settings

    def _check(self, config: Config) -> None:
        names = [goal.name.casefold() for goal in config.goals]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ConfigError(f"{self._path}: two goals are called {twice!r}: give each a name of its own")
        if config.digest.via and config.digest.via not in config.networks:
            known = " or ".join(f'"{name}"' for name in config.networks)
            raise self._at(("digest", "via"), f"{config.digest.via!r} is not configured; write {known}")

    def _complaint(self, error: ErrorDetails, *above: str) -> ConfigError:
        where = (*above, *error["loc"])
        if error["type"] == "extra_forbidden":
            guess = difflib.get_close_matches(str(where[-1]), _known_keys(where[:-1]), n=1)
            meant = f"; did you mean {guess[0]!r}?" if guess else f"; known here: {', '.join(_known_keys(where[:-1]))}"
            return self._at(where, f"unknown setting{meant}")
        if error["type"] == "missing":
            return self._at(where[:-1], f"{_dotted(where)} is missing{_as_in(where)}", names_key=False)
        given = error.get("input")
        said = _expected(error, where)
        shown = f" (it says {given!r})" if isinstance(given, (str, int, float, date)) and not _is_secret(where) else ""
        return self._at(where, said[0].lower() + said[1:] + shown)

    def _at(self, where: Sequence[str | int], what: str, *, names_key: bool = True) -> ConfigError:
        line = self._line_of(where)
        key = f"{_dotted(where)}: " if names_key and where else ""
        return ConfigError(f"{self._path}{f':{line}' if line else ''}: {key}{what}")

    def _line_of(self, where: Sequence[str | int]) -> int | None:
        """Where a key stands; tomllib does not tell."""
        table = str(where[0]) if where else ""
        nth = next((part for part in where[1:2] if isinstance(part, int)), 0)
        key = next((str(part) for part in where[1:] if isinstance(part, str)), None)
        heads = [n for n, line in enumerate(self._lines) if re.match(rf"\s*\[{{1,2}}\s*{re.escape(table)}\s*\]", line)]
        if nth >= len(heads):
            top = (n for n, line in enumerate(self._lines, 1) if re.match(rf"\s*{re.escape(table)}\s*[.=]", line))
            return next(top, None)
        for number in range(heads[nth] + 1, len(self._lines)):
            if re.match(r"\s*\[", self._lines[number]):
                break
            if key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""", self._lines[number]):
                return number + 1
        return heads[nth] + 1


def _dotted(where: Iterable[str | int]) -> str:
    """Like "goal 2, topics": the members of a list counted from one."""
    said: list[str] = []
    for part in where:
        if isinstance(part, int) and said:
            said[-1] += f" {part + 1}"
        else:
            said.append(str(part))
    return ", ".join(said)


def _as_in(where: Sequence[str | int]) -> str:
    """What to write where nothing stands."""
    if len(where) == 1:
        return f": begin it with {_head(str(where[0]))}"
    others = f", or {_choices(where)}" if _choices(where) else ""
    return f": write it{_example(where)}{others}" if _example(where) else ""


def _example(where: Sequence[str | int]) -> str:
    """Like " like items = 3"."""
    named = [part for part in where if isinstance(part, str)]
    key, field = named[-1], _field(named) if len(named) > 1 else None
    told = [json.dumps(each) for each in (field.examples or ())] if field else []  # a JSON string is a TOML string
    example = EXAMPLES.get(key) or next(iter(told), "")
    return f" like {key} = {example}" if example else ""


def _expected(error: ErrorDetails, where: Sequence[str | int]) -> str:
    """In plain words; what the library says is of its own types."""
    example = f",{_example(where)}" if _example(where) else ""
    kind = error["type"]
    if kind != "value_error" and (len(where) == 1 or kind in {"model_type", "model_attributes_type", "dict_type"}):
        return f"write it as a table that begins with {_head(str(where[0]))}"
    match kind.partition("_")[0]:
        case "tuple" | "list" | "frozen" | "set":
            return f"write a list in brackets{example}"
        case "int" | "less" | "greater":
            return f"write a whole number{_bounds(where)}{example}"
        case "bool":
            return f"write true or false, without quotes{example}"
        case "date":
            return f"write a day without quotes{example}"
        case "enum" | "literal":
            return f"write {error.get('ctx', {}).get('expected', 'one that is known')}"
        case "string" | "path":
            shortest = error.get("ctx", {}).get("min_length")
            return f"write {f'at least {shortest} letters' if shortest else 'text in quotes'}{example}"
        case _:
            return error["msg"].removeprefix("Value error, ")


def _head(table: str) -> str:
    return f"[[{table}]]" if table == "goal" else f"[{table}]"


def _field(where: Sequence[str | int]) -> FieldInfo | None:
    named = (each for name, each in _section(str(where[0])).model_fields.items() if (each.alias or name) == where[-1])
    return next(named, None)


def _bounds(where: Sequence[str | int]) -> str:
    """Like " from 1 to 5"."""
    field = _field(where)
    least, most = (
        next((getattr(rule, name) for rule in field.metadata if hasattr(rule, name)), None) if field else None
        for name in ("ge", "le")
    )
    return f" from {least} to {most}" if least is not None and most is not None else ""


def _choices(where: Sequence[str | int]) -> str:
    """The other words that may stand there."""
    field = _field(where)
    kind = field.annotation if field else None
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return ""
    return ", ".join(f'"{each.value}"' for each in kind if f'"{each.value}"' != EXAMPLES.get(str(where[-1])))


def _known_keys(where: Sequence[str | int]) -> list[str]:
    """What may stand in a table of the file."""
    if not where:
        return [*(name for name in Config.model_fields if name != "networks"), *networks.NETWORKS]
    return [field.alias or name for name, field in _section(str(where[0])).model_fields.items()]


def _section(table: str) -> type[BaseModel]:
    if table in networks.NETWORKS:
        settings: type[BaseModel] = networks.module(table).Settings
        return settings
    annotation: Any = Config.model_fields[table].annotation
    section: type[BaseModel] = next(iter(get_args(annotation)), annotation)  # [[goal]] is a tuple of sections
    return section


def _is_secret(where: Sequence[str | int]) -> bool:
    """A key pasted where its place should be named must not come back on a screen or in a log."""
    table, key = str(where[0]), str(where[-1])
    if table == "second_opinion":
        return key in secret_fields(SecondOpinionSection)
    return table in networks.NETWORKS and key in secret_fields(networks.module(table).Settings)
