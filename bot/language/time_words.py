"""The words that speak of time, in five languages. Commas part phrases; a new word goes into its line."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import TypeVar

from bot.language.tokens import Phrasebook, listed
from bot.language.words import LARGER, NUMERALS, TENS

Meaning = TypeVar("Meaning")


class Unit(Enum):
    MINUTE = auto()
    HOUR = auto()
    DAY = auto()
    WEEK = auto()
    WEEKEND = auto()
    MONTH = auto()
    YEAR = auto()


class Side(Enum):
    START = auto()
    MIDDLE = auto()
    END = auto()


def _book(table: Mapping[Meaning, str]) -> Phrasebook[Meaning]:
    return Phrasebook((phrase, meaning) for meaning, phrases in table.items() for phrase in listed(phrases))


def _words(phrases: str) -> Phrasebook[None]:
    """Of which only matters whether they are there."""
    return Phrasebook((phrase, None) for phrase in listed(phrases))


UNITS = _book(
    {
        Unit.MINUTE: "m, min, mins, minute, minutes, minuten, minuto, minutos, 分",
        Unit.HOUR: "h, hr, hrs, hour, hours, std, stunde, stunden, hora, horas, heure, heures, 時間",
        Unit.DAY: "d, day, days, tag, tage, tagen, día, días, jour, jours, j, 日, 日間",
        Unit.WEEK: "w, wk, wks, week, weeks, woche, wochen, semana, semanas, semaine, semaines, 週, 週間",
        Unit.MONTH: """mo, mos, mth, mths, month, months, monat, monate, monaten, monats, mes, meses, mois, か月, ヶ月,
            カ月, ケ月, ヵ月, 月間""",
        Unit.YEAR: "y, yr, year, years, jahr, jahre, jahren, jahres, año, años, an, ans, année, 年, 年間",
        Unit.WEEKEND: "weekend, wochenende, fin de semana, 週末",
    }
)
NEED_GLUE = frozenset("ymj")
"""Units only as in "5m": apart they are other words."""
WHOLE_SPANS = _book(
    {
        (30, Unit.MINUTE): """half an hour, half hour, a half hour, halben stunde, einer halben stunde, halbe stunde,
            eine halbe stunde, media hora, una media hora, demi-heure, une demi-heure, 半時間""",
        (45, Unit.MINUTE): "three quarters of an hour, dreiviertelstunde",
        (
            15,
            Unit.MINUTE,
        ): """a quarter of an hour, quarter of an hour, viertelstunde, einer viertelstunde, un cuarto de hora,
            un quart dheure""",
        (
            90,
            Unit.MINUTE,
        ): """an hour and a half, one and a half hours, anderthalb stunden, eineinhalb stunden, hora y media,
            une heure et demie, 1時間半, 一時間半""",
        (2, Unit.WEEK): "a fortnight, fortnight, one fortnight, una quincena, une quinzaine",
        (6, Unit.MONTH): "half a year, half year, einem halben jahr, halben jahr, medio año, 半年",
    }
)
WEEKDAYS = _book(
    {
        0: "monday, mondays, mon, montag, montags, lunes, lun, lundi, 月曜日, 月曜",
        1: "tuesday, tuesdays, tue, tues, dienstag, dienstags, martes, mardi, 火曜日, 火曜",
        2: "wednesday, wednesdays, wed, weds, mittwoch, mittwochs, miércoles, mié, mercredi, 水曜日, 水曜",
        3: "thursday, thursdays, thu, thur, thurs, donnerstag, donnerstags, jueves, jue, jeudi, 木曜日, 木曜",
        4: "friday, fridays, fri, freitag, freitags, fr, viernes, vie, vendredi, 金曜日, 金曜",
        5: "saturday, saturdays, sat, samstag, samstags, sonnabend, sa, sábado, sáb, samedi, 土曜日, 土曜",
        6: "sunday, sundays, sun, sonntag, sonntags, domingo, dimanche, 日曜日, 日曜",
    }
)
SHORT_WEEKDAYS = _book({0: "mo", 1: "di", 2: "mi", 3: "do", 6: "so"})
"""Only after "am" or the like: they are other words besides."""
MONTHS = _book(
    {
        1: "january, jan, januar, jänner, enero, ene, janvier, janv",
        2: "february, feb, febr, februar, febrero, février, févr",
        3: "march, mar, märz, marzo, mars",
        4: "april, apr, abril, abr, avril, avr",
        5: "may, mai, mayo",
        6: "june, jun, juni, junio, juin",
        7: "july, jul, juli, julio, juillet, juil",
        8: "august, aug, agosto, ago, août",
        9: "september, sep, sept, septiembre, septembre",
        10: "october, oct, oktober, okt, octubre, octobre",
        11: "november, nov, noviembre, novembre",
        12: "december, dec, dezember, dez, diciembre, dic, décembre, déc",
    }
)
FEASTS = _book(
    {
        (1, 1): "new year, new years, new years day, the new year, neujahr, año nuevo, nouvel an, 元日, 正月",
        (24, 12): "christmas eve, heiligabend, nochebuena, クリスマスイブ",
        (25, 12): "christmas, xmas, christmas day, weihnachten, navidad, noël, クリスマス",
        (31, 12): "new years eve, silvester, nochevieja, saint-sylvestre, 大晦日",
    }
)
"""Day and month."""
NEED_A_DAY = frozenset({"may", "mar", "march", "mars", "ago", "jan", "sept", "dec"})
"""Months that are other words besides, or too short to stand alone."""
SHIFTS = _book(
    {
        -2: "day before yesterday, vorgestern, anteayer, avant-hier, 一昨日",
        -1: "yesterday, last night, last week, gestern, ayer, anoche, hier, 昨日, きのう",
        0: "today, heute, hoy, aujourdhui, aujourd hui, 今日, きょう, 本日",
        1: """tomorrow, tmrw, tmr, tmrow, tomorow, tommorow, tommorrow, 2moro, 2morrow, morgen, mañana, demain,
            明日, あした, あす""",
        2: """day after tomorrow, the day after tomorrow, overmorrow, übermorgen, pasado mañana, après-demain,
            明後日, あさって""",
    }
)
NEXT = _book(
    {
        1: """next, coming, following, nächste, nächsten, nächster, nächstes, nächstem, kommende, kommenden,
            kommender, kommendes, próximo, próxima, prochain, prochaine, que viene, siguiente, 次の, 来, 翌""",
        2: "übernächste, übernächsten, übernächstes, 再来",
    }
)
AFTER_NEXT = _words("after next")
THIS = _words("this, the, diese, diesen, dieses, dieser, am, esta, este, el, cette, ce, cet, le, 今, この")
EDGES = _book(
    {
        Side.END: """end of, the end of, end of the, the end of the, late, end, ende, ende der, ende des, ende dieser,
            ende dieses, fin de, final de, finales de, a finales de, fin de la, final de la, fin del, final del,
            fin du, fin, la fin de, la fin du, la fin de la, 末""",
        Side.START: """start of, the start of, start of the, beginning of, the beginning of, beginning of the,
            the beginning of the, early, anfang, anfang der, anfang des, principios de, a principios de, début,
            début du, début de""",
        Side.MIDDLE: "mid, middle of, the middle of, middle of the, the middle of the, mitte, mitte des, mediados de",
    }
)
WHOLE_EDGES = _book(
    {
        Unit.DAY: "eod, end of day, end of the day, end of play, feierabend, cob, close of business",
        Unit.WEEK: "eow, wochenende der woche",
        Unit.MONTH: "eom, monatsende, fin de mes, 月末, 今月末",
        Unit.YEAR: "eoy, jahresende, fin de año, 年末, year end",
    }
)
WHOLE_NEXT = _book(
    {
        (Unit.WEEK, 1): "la semana que viene, semana que viene, 来週",
        (Unit.WEEK, 2): "再来週",
        (Unit.MONTH, 1): "el mes que viene, mes que viene, 来月",
        (Unit.MONTH, 2): "再来月",
        (Unit.YEAR, 1): "el año que viene, 来年",
        (Unit.WEEK, 0): "今週, 今週中, 今週中に",
        (Unit.WEEKEND, 0): "今週末, 週末, fin de semana, el fin de semana, este fin de semana, el finde, week-end",
        (Unit.WEEKEND, 1): "来週末",
    }
)
"""A unit, and how many after the present one."""
PARTS = _book(
    {
        8: """morning, first thing, in the morning, early, früh, vormittag, morgens, vormittags, por la mañana,
            de la mañana, en la mañana, matin, le matin, du matin, am morgen, am vormittag, 朝, 午前中, 朝に""",
        12: """noon, midday, lunch, lunchtime, at lunch, mittag, mittags, am mittag, mediodía, al mediodía, midi,
            正午, 昼, お昼, lunch time""",
        14: """afternoon, in the afternoon, after lunch, nachmittag, nachmittags, am nachmittag, nach dem essen,
            nach dem mittagessen, por la tarde, de la tarde, en la tarde, tarde, après-midi, laprès-midi,
            apres midi, de laprès-midi, après le déjeuner, 午後, 昼過ぎ, 昼食後""",
        18: """evening, in the evening, after work, after dinner, abend, abends, am abend, nach der arbeit,
            nach feierabend, soir, le soir, du soir, au soir, soirée, après le travail, 夕方, 仕事の後, 仕事後""",
        20: """night, at night, nacht, nachts, noche, por la noche, de la noche, en la noche, nuit, la nuit, 夜,
            晩, 夜に""",
        0: "midnight, mitternacht, medianoche, minuit, 真夜中, 深夜",
    }
)
PARTS_OF_TODAY = _book(
    {
        8: "this morning, heute früh, heute morgen, esta mañana, ce matin, 今朝",
        12: "this noon, heute mittag, ce midi",
        14: "this afternoon, heute nachmittag, esta tarde, cet après-midi, 今日の午後, 今日午後",
        18: "this evening, heute abend, later today, later on today, ce soir, 今夕, 今日の夕方",
        20: "tonight, tonite, 2nite, 2night, heute nacht, esta noche, cette nuit, 今夜, 今晩",
    }
)
HALVES_OF_A_DAY = _book({0: "am, a.m., a. m., 午前", 12: "pm, p.m., p. m., 午後"})
OCLOCK = _words("uhr, oclock, h, heures, heure, 時, horas, hs")
TO_THE_HOUR = _book(
    {-30: "halb", 30: "half past, half, 半", 15: "quarter past, a quarter past", -15: "quarter to, a quarter to"}
)
AND_MINUTES = _book(
    {30: "半, y media, et demie, thirty", 15: "y cuarto, et quart", -15: "menos cuarto, moins le quart"}
)
AT = _words("at, um, gegen, ab, a las, à, vers, around, @, hacia las, sobre las")
AHEAD = _words(
    """on, in, at, by, until, untill, til, till, for, from, after, around, about, the, this, within, not before, before,
    on the, come, wait until, wait till, again, towards, sometime, am, um, bis, bis zum, im, ab, nach, der, den, dem,
    die, für, gegen, zum, erst, erst am, in der, ca, el, la, los, en, dentro de, hasta, hasta el, hasta la, para,
    para el, para la, por, de, del, a, al, a las, tras, en la, le, dans, jusquà, jusquau, jusquen, pour, pour le,
    vers, au, à, ce, cet, cette, du, dici, après, à partir de, に, まで, までに, の, あと"""
)
"""What may stand before a piece and adds nothing to it."""
UNTIL = _words(
    """until the, till the, til the, untill the, through the, bis, bis zum, bis einschließlich, bis zum einschließlich,
    jusquau, jusquà le, jusque le, hasta el, hasta el día"""
)
"""Before these a number, which else would name an item, is a day of the month."""
UNTIL_IN_ORDINALS = _words("until, till, til")
FROM_NOW = _words(
    """from now, from today, later, more, time, hence, ab heute, plus tard, después, más tarde, más, 後, 後に, ご,
    以内"""
)
AGO = _words("ago, before, earlier, 前")
YEAR_MARKS = frozenset({",", "of", "de", "del"})
EN_ORDINALS = listed("first, second, third, fourth, fifth, sixth, seventh, eighth, ninth")
DE_ORDINALS = listed(
    "ersten, zweiten, dritten, vierten, fünften, sechsten, siebten, achten, neunten, zehnten, elften, zwölften"
)
TEENS = listed(
    """tenth, eleventh, twelfth, thirteenth, fourteenth, fifteenth, sixteenth, seventeenth, eighteenth,
    nineteenth"""
)


def _ordinals(day: int) -> str:
    """A day of the month as it is called after "until the", "bis zum", "jusqu'au", "hasta el"."""
    teen = TEENS[day - 10] if 10 <= day < 20 else ""  # noqa: PLR2004
    tens = {20: "twentieth", 30: "thirtieth"}.get(day) or f"{TENS[day // 10][0] if day > 20 else ''} "  # noqa: PLR2004
    english = teen or (tens if day % 10 == 0 else f"{tens}{EN_ORDINALS[day % 10 - 1]}".strip())
    if day <= len(DE_ORDINALS):
        return f"{english}, {DE_ORDINALS[day - 1]}"
    german = LARGER[day].split(", ")[1]
    return f"{english}, {german}{'ten' if day < 20 else 'sten'}"  # noqa: PLR2004


ORDINALS = _book({day: _ordinals(day) for day in range(1, 32)})
CARDINALS = _book({1: "premier, 1er, uno, primero"} | {n: words for n, words in NUMERALS.items() if 1 < n < 32})  # noqa: PLR2004
TO_A_DAY = _words("st, nd, rd, th, er, ., º, 日, ter, ten")
ARTICLES = frozenset({"a", "an", "un", "la", "the", "el", "le", "am"})
BEFORE_SHORT_WEEKDAYS = frozenset({"am", "bis", "ab", "nachsten", "naechsten", "kommenden", "diesen", "zum"})
BEFORE_MONTHS = frozenset({"in", "until", "till", "im", "bis", "en"})
BEFORE_DAYS = frozenset({"on", "until", "by", "till", "am"})
BEFORE_HOURS = frozenset({"at", "a", "las", "um", "vers", "gegen"})
