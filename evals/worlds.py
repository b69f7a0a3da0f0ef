"""What the bot shows in a world against a careful person's picks: shares, every miss and mistake with its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from bot import reader
from bot.finding.scoring import Dismissal
from bot.models import Judgement
from bot.reader import Reader
from evals.replay import Replay, Shown, replay
from evals.world import Gold, World, load

_ENOUGH = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    world: str
    ideal: int
    found: int
    days: int
    quiet: int
    silent: int
    never: tuple[Shown, ...]
    wrong: tuple[Shown, ...]
    shown: int
    quoted: int
    gists: int
    kinds: int
    goals: int
    cold: int
    promises: int
    voices: int


def scored(world: World, run: Replay) -> Score:
    found = [ident for day in world.days for ident in day.ideal if _was_shown(ident, world, run)]
    back = {each.post for shown in run.shown.values() for each in shown if each.is_cold}
    everything = [each for shown in run.shown.values() for each in shown if each.post not in world.cold.keys() & back]
    good = [each for each in everything if _grade(each, world) >= 2]
    never = {ident for day in world.days for ident in day.never}
    allowed = {ident for day in world.days for ident in (*day.ideal, *day.acceptable)}
    quiet = [day for day in world.days if not day.ideal]
    return Score(
        world=world.name,
        ideal=sum(len(day.ideal) for day in world.days),
        found=len(found),
        days=len(world.days),
        quiet=len(quiet),
        silent=sum(not run.shown[day.date] for day in quiet),
        never=tuple(each for each in everything if each.post in never),
        wrong=tuple(each for each in everything if each.post not in never | allowed),
        shown=len(everything),
        quoted=len(good),
        gists=sum(is_right_span(each.gist, world.gold[each.post].gist, world.posts[each.post].text) for each in good),
        kinds=sum(each.judgement.kind == world.gold[each.post].kind for each in good),
        cold=len(back & world.cold.keys()),
        promises=len(world.cold),
        voices=sum(each.judgement.new_voice for each in good),
        goals=sum(each.judgement.goal == world.gold[each.post].goal for each in good),
    )


def _grade(shown: Shown, world: World) -> int:
    """0 for what was not addressed to the owner at all."""
    gold = world.gold.get(shown.post)
    return gold.grade if gold else 0


def _was_shown(ident: str, world: World, run: Replay) -> bool:
    """On the day's own digest or the next; what was written before breakfast may stand in that morning's."""
    later = [each.date for each in world.days if world.digest_at(each.date) >= world.posts[ident].posted_at][:2]
    return any(shown.post == ident for each in later for shown in run.shown[each])


def is_right_span(gist: str, wanted: str, text: str) -> bool:
    """A literal quotation that shares with the wanted one half of the words of both together (F1)."""
    said, goal = _words(gist), _words(wanted)
    if not goal:
        return True
    shared = sum((Counter(said) & Counter(goal)).values())
    return gist in text and 2 * shared / (len(said) + len(goal)) >= _ENOUGH


def _words(text: str) -> list[str]:
    return regex.findall(r"\p{Han}|\p{Hiragana}|\p{Katakana}|[\p{L}\p{M}\p{N}]+", text.casefold())


def run(paths: Sequence[Path]) -> None:
    model = Reader() if reader.is_available() else None
    scores = []
    for path in _files(paths):
        world = load(path)
        outcome = replay(world, model)
        scores.append(scored(world, outcome))
        _print_lists(world, outcome, scores[-1])
    for score in scores:
        print(_summary(score))


def _files(paths: Iterable[Path]) -> list[Path]:
    return [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]


def _summary(score: Score) -> str:
    return (
        f"{score.world}: ideal {score.found}/{score.ideal} ({score.found / max(1, score.ideal):.0%})"
        f"  never {len(score.never)}  wrong {len(score.wrong)} of {score.shown} shown"
        f"  quiet days silent {score.silent}/{score.quiet}"
        f"  gists {score.gists}/{score.quoted}  kinds {score.kinds}/{score.quoted}  goals {score.goals}/{score.quoted}"
        f"  new voices {score.voices}  going cold {score.cold}/{score.promises}"
    )


def _print_lists(world: World, run: Replay, score: Score) -> None:
    print(f"== {world.name} ==")
    for day in world.days:
        for ident in day.ideal:
            if not _was_shown(ident, world, run):
                _print_one("MISSED", world, run, ident)
    for each in score.never:
        _print_one("NEVER", world, run, each.post)
    for each in score.wrong:
        _print_one("WRONG", world, run, each.post)
    for day in world.days:
        for each in run.shown[day.date]:
            if not day.ideal and each not in score.never + score.wrong:
                _print_one("NOT SILENT", world, run, each.post)
            if _grade(each, world) < 2:
                continue
            gold = world.gold[each.post]
            if not is_right_span(each.gist, gold.gist, world.posts[each.post].text):
                print(f"GIST {each.post}: said {each.gist!r}, wanted {gold.gist!r}")
            if each.judgement.kind != gold.kind:
                print(f"KIND {each.post}: said {each.judgement.kind}, wanted {gold.kind}")


def _print_one(what: str, world: World, run: Replay, ident: str) -> None:
    gold, post, verdict = world.gold.get(ident), world.posts[ident], run.verdicts.get(ident)
    print(f"{what} {ident} {_picked(gold) if gold else 'not addressed to the owner'}")
    print(f"    {post.text[:200]}")
    if isinstance(verdict, Dismissal):
        print(f"    dismissed: {verdict.reason} {_terms(verdict)}")
    elif verdict is not None:
        print(f"    {verdict.score:.2f} {verdict.kind} [{verdict.goal}] {_terms(verdict)}")


def _picked(gold: Gold) -> str:
    return f"grade {gold.grade} {gold.kind or '-'} [{gold.goal or '-'}]: {gold.why}"


def _terms(verdict: Judgement | Dismissal) -> str:
    return " ".join(f"{signal.name}{signal.weight:+.2f}" for signal in verdict.signals)
