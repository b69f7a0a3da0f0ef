"""What the owner types is understood as it was meant."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import COMMANDS, grammar
from bot.language.pieces import is_of_the_bot
from bot.language.slips import distance
from bot.language.tokens import fold, listed, tokens
from bot.language.verbs import WEAK, Takes
from bot.language.words import senses
from evals.answers import NAMES, Phrase, is_understood, meaning, phrases, same

DATA = Path(__file__).parent / "data"
TABLES = sorted(DATA.glob("answers*.tsv"))
PHRASES = [phrase for table in TABLES for phrase in phrases(table)]


@pytest.mark.parametrize("phrase", PHRASES, ids=[phrase.text for phrase in PHRASES])
def test_a_phrase_means_what_the_table_says(phrase: Phrase) -> None:
    assert is_understood(phrase), meaning(phrase.text)


def test_the_shared_table_is_understood_to_the_letter() -> None:
    for phrase in phrases(DATA / "answers.tsv"):
        assert (phrase.text, meaning(phrase.text)) == (phrase.text, *phrase.accepted)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_understood_by_its_usage(command) -> None:
    assert meaning(command.usage).split()[0] == command.verb.name


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "ja"])
@pytest.mark.parametrize("name", ["done", "later", "no", "yes", "why", "list", "help", "undo", "more", "stop", "start"])
def test_the_commonest_commands_are_known_in_five_languages(name: str, language: str) -> None:
    word = COMMANDS[name].verb.words[language].split(",")[0]
    assert meaning(word).split()[0] == name or meaning(f"{word} 2") == f"{name} 2"


def test_a_weak_word_is_marked_at_its_start() -> None:
    phrases_of_all = [
        phrase for command in COMMANDS.values() for words in command.verb.words.values() for phrase in listed(words)
    ]
    assert not [phrase for phrase in phrases_of_all if WEAK in phrase[1:]]


def test_no_word_belongs_to_two_commands() -> None:
    """It would go to the later one unseen."""
    claimed: dict[tuple[str, ...], str] = {}
    twice = []
    for command in COMMANDS.values():
        for words in command.verb.words.values():
            for phrase in words.split(","):
                key = tuple(token.word for token in tokens(phrase))
                if key and claimed.setdefault(key, command.verb.name) != command.verb.name:
                    twice.append((phrase.strip(), claimed[key], command.verb.name))
    assert not twice


@given(st.text(max_size=300))
def test_any_text_means_something(text: str) -> None:
    assert grammar().read(text).meaning


@given(st.lists(st.sampled_from(sorted({phrase for phrase, _ in senses()})), max_size=12), st.data())
def test_known_words_in_any_order_mean_something(words: list[str], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.sampled_from(["1", "2", "#137", ",", ";", "fri", "?"]), max_size=6))
    assert grammar().read(" ".join(data.draw(st.permutations([*words, *numbers])))).meaning


@given(st.sampled_from(PHRASES))
def test_case_and_spaces_do_not_matter(phrase: Phrase) -> None:
    shouted = Phrase(f"  {phrase.text.upper().replace(' ', '  ')} ", phrase.accepted)
    if "HTTPS" not in shouted.text:
        assert is_understood(shouted)


OWN_WORDS = {name for name, command in COMMANDS.items() if Takes.TEXT in command.verb.takes}


@given(st.sampled_from(PHRASES))
def test_wide_digits_are_digits(phrase: Phrase) -> None:
    """But for dates, which are typed in one width, and the owner's own words, which are kept as typed."""
    is_kept = any(verb in wanted for wanted in phrase.accepted for verb in OWN_WORDS)
    if not is_kept and not re.search(r"\d\S?\d", phrase.text):
        wide = phrase.text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "123456789"})
        assert is_understood(Phrase(wide, phrase.accepted))


@given(st.sampled_from([phrase for phrase in PHRASES if len(phrase.accepted) == 1]))
def test_a_clause_reads_back_as_itself(phrase: Phrase) -> None:
    reading = grammar().read(phrase.text, NAMES)
    for clause in reading.clauses:
        again = grammar().read(clause.typed, NAMES)
        places_are_numbers = [ref.value < 0 for ref in clause.refs]
        if not any(places_are_numbers) and not clause.spared:
            wanted = replace(clause, argument="") if clause.verb == "keep" else clause
            assert same(again.meaning, str(wanted)), clause.typed


@pytest.mark.parametrize(
    ("word", "known", "slips"),
    [
        ("done", "done", 0),
        ("dome", "done", 1),
        ("doen", "done", 1),
        ("don", "done", 1),
        ("donne", "done", 1),
        ("wyh", "why", 1),
    ],
)
def test_slips_of_the_finger_are_counted(word: str, known: str, slips: int) -> None:
    assert distance(word, known, allowed=1) == slips


def test_too_many_slips_are_not_counted() -> None:
    assert distance("dish", "done", allowed=1) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Später", "spater"), ("don’t", "dont"), ("１", "1"), ("STRASSE", "straße"), ("déjà", "deja"), ("ガ", "ガ")],
)
def test_words_are_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    "line",
    [
        "> done 1",
        "Sun 22 Nov, 08:00: 3 worth your time (of 41)",
        '1 Ines asks: "would you co-write the seed-library guide?" waiting 2 days [book]',
        "https://hachyderm.example/statuses/115591234567890123",
        "done 1 · later 2 fri · no 3 · why 1 · help",
        "done 1 · later 2 fri · no 3 · why 1 · more · help",
    ],
)
def test_lines_of_the_bot_are_known(line: str) -> None:
    assert is_of_the_bot(line)


@pytest.mark.parametrize(
    "line",
    ['2 note: "call" him back', "done 1", "1 done", "help", "done 1 · no 2", "missed https://x.example/1", "1: done"],
)
def test_lines_of_the_owner_are_not_taken_for_the_bots(line: str) -> None:
    assert not is_of_the_bot(line)
