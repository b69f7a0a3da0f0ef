"""What the words mean that are no commands, in five languages. Commas part phrases; a new word goes into its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from bot.language.refs import Ref, Which
from bot.language.tokens import Phrasebook, listed


class Part(Enum):
    """What part a word plays in what the owner says."""

    VERB = auto()
    """A command."""
    WEAK_VERB = auto()
    """A command when no other is in the clause: the "show me" of "show me 2", but not of "show me why 2"."""
    INTEND = auto()
    """What the owner may do or have done: "answer 1" alone is no report that it is done."""
    ITEM = auto()
    TIME = auto()
    RESPECT = auto()
    NOT = auto()
    FUTURE = auto()
    DID = auto()
    DOUBT = auto()
    ASKS = auto()
    """Begins a question about an item, which changes nothing: "what did Ines say", "is 18 done"."""
    REASON = auto()
    """Begins what only explains a command: "because"."""
    BUT = auto()
    RATHER = auto()
    """Takes back what was just said: "no wait"."""
    AND = auto()
    COMMA = auto()
    BREAK = auto()
    QUESTION = auto()
    ASSENT = auto()
    POLITE = auto()
    GREETING = auto()
    FILLER = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Sense:
    part: Part
    value: str = ""
    """The command's name, or the respect."""
    ref: Ref | None = None
    """Of an item."""
    language: str = ""
    """Of a command's word."""


ONES = (
    "one two three four five six seven eight nine",
    "einund zweiund dreiund vierund fünfund sechsund siebenund achtund neunund",
    "uno dós trés cuatro cinco séis siete ocho nueve",
    "et-un deux trois quatre cinq six sept huit neuf",
    "一 二 三 四 五 六 七 八 九",
)


def _compounds(tens: int) -> Iterator[tuple[int, str]]:
    """From 21 on, and their tens, all languages in one line."""
    english, german, spanish, french, japanese = (words.split() for words in ONES)
    en, de, es, fr, ja = TENS[tens]
    for at, one in enumerate(english):
        spanish_one = f"{es}{spanish[at]}" if tens == 2 else f"{es} {spanish[at]}"  # noqa: PLR2004  "veintidós"
        both = (f"{en} {one}", f"{german[at]}{de}", spanish_one, f"{fr}-{french[at]}", f"{ja}{japanese[at]}")
        yield tens * 10 + at + 1, ", ".join(both)


TENS = {
    2: ("twenty", "zwanzig", "veinti", "vingt", "二十"),
    3: ("thirty", "dreißig", "treinta y", "trente", "三十"),
}
"""How they are said before a one."""
LARGER = {
    11: "eleven, elf, el once, la once, onze, 十一",
    12: "twelve, zwölf, doce, douze, 十二",
    13: "thirteen, dreizehn, trece, treize, 十三",
    14: "fourteen, vierzehn, catorce, quatorze, 十四",
    15: "fifteen, fünfzehn, quince, quinze, 十五",
    16: "sixteen, sechzehn, dieciséis, seize, 十六",
    17: "seventeen, siebzehn, diecisiete, dix-sept, 十七",
    18: "eighteen, achtzehn, dieciocho, dix-huit, 十八",
    19: "nineteen, neunzehn, diecinueve, dix-neuf, 十九",
    20: "twenty, zwanzig, veinte, vingt, 二十",
    30: "thirty, dreissig, dreißig, treinta, trente, 三十",
    **dict(each for tens in TENS for each in _compounds(tens)),
}
"""From 11 to 39."""

NUMBERS = Phrasebook(
    (phrase, number)
    for number, phrases in {
        1: "one, a, an, ein, eine, einen, einem, einer, ner, ne, nem, eins, un, una, uno, une, 一",
        2: "two, zwei, zwo, dos, deux, 二, couple, couple of, a couple of, a couple, 2 or 3",
        3: "three, drei, tres, trois, 三, few, a few, ein paar, paar, unos, unas, quelques, 数",
        4: "four, vier, cuatro, quatre, 四, several, einige, varios, varias",
        5: "five, fünf, cinco, cinq, 五",
        6: "six, sechs, seis, 六",
        7: "seven, sieben, siete, sept, 七",
        8: "eight, acht, ocho, huit, 八",
        9: "nine, neun, nueve, neuf, 九",
        10: "ten, zehn, diez, dix, 十",
        **LARGER,
        11: f"{LARGER[11]}, once",
    }.items()
    for phrase in listed(phrases)
)
"""As they count a time: "in a couple of weeks"."""

NUMERALS = {
    1: "one, eins, uno, 一",
    2: "two, zwei, zwo, dos, deux, 二",
    3: "three, drei, tres, trois, 三",
    4: "four, vier, cuatro, quatre, 四",
    5: "five, fünf, cinco, cinq, 五",
    6: "six, sechs, seis, 六",
    7: "seven, sieben, siete, sept, 七",
    8: "eight, acht, ocho, huit, 八",
    9: "nine, neun, nueve, neuf, 九",
    10: "ten, zehn, diez, dix, 十",
    **LARGER,
}
"""As they name an item: "done two"."""

PLACES = {
    1: """first, 1st, first one, the top one, top one, erste, ersten, erster, erstes, 1er, 1re, 1ère, primero,
        primera, primer, premier, première, 最初, 一番目, 一つ目, 1番目, 1つ目, 一件目, 1件目""",
    2: """second, 2nd, second one, middle one, zweite, zweiten, zweiter, zweites, segundo, segunda, deuxième,
        seconde, 2e, 2ème, 二番目, 二つ目, 2番目, 2つ目, 二件目, 2件目""",
    3: """third, 3rd, third one, dritte, dritten, dritter, drittes, tercero, tercera, tercer, troisième, 3e, 3ème,
        三番目, 三つ目, 3番目, 3つ目, 三件目, 3件目""",
    4: """fourth, 4th, fourth one, vierte, vierten, vierter, viertes, cuarto, cuarta, quatrième, 4e, 四番目,
        4番目, 4つ目""",
    5: """fifth, 5th, fifth one, fünfte, fünften, fünfter, fünftes, quinto, quinta, cinquième, 5e, 五番目, 5番目,
        5つ目""",
    -1: """last, last one, final one, bottom one, very last, letzte, letzten, letzter, letztes, último, última,
        dernier, dernière, 最後, 最後のもの""",
    -2: "second to last, last but one, next to last, vorletzte, vorletzten, penúltimo, avant-dernier, avant-dernière",
}
"""Counted in the newest list, from its end when negative."""

GROUPS = {
    "all": """all, all of them, all of these, all of those, all of it, all three, all 3, all four, all 4,
        all five, all 5, everything, every one, everyone, everybody, the lot, the whole lot, em all, each,
        each one, all items, each of them, alle, alles, allen, alle drei, alle 3, alle vier, sämtliche, allem,
        todo, todos, toda, todas, los tres, las tres, los 3, todos ellos, tous, toutes, tout, tous les trois,
        les trois, toutes les trois, 全部, すべて, 全て, ぜんぶ, みんな, どれも, any of them, any of these,
        any of those""",
    "both": """both, both of them, both of these, both of those, the two, the two of them, either, beide, beiden,
        beides, die zwei, ambos, ambas, los dos, las dos, les deux, tous les deux, toutes les deux, 両方,
        どちらも, 二つとも, 2つとも""",
    "none": """none, none of them, none of these, none of those, not one of them, not any of them, keins,
        keine davon, keiner davon, ninguno, ninguna, ninguno de ellos, aucun, aucune, aucun deux""",
    "neither": "neither, neither one, neither of them, neither of these, keins von beiden, ni lun ni lautre",
    "rest": """rest, the rest, rest of them, the rest of them, others, the others, all others, all the others,
        all the rest, the other, other one, the other one, other two, the other two, other ones, remaining,
        the remaining ones, everything else, everyone else, everybody else, all else, whats left over, den rest,
        die anderen, die andern, das andere, die andere, den anderen, alle anderen, die übrigen, el resto, resto,
        los demás, las demás, demás, los otros, las otras, otros, el otro, la otra, le reste, reste, les autres,
        autres, lautre, tous les autres, 残り, のこり, その他, 他, ほか, 他のもの""",
}

RESPECTS = {
    "topic": """topic, off topic, offtopic, not my topic, wrong topic, not my subject, subject, theme,
        wrong subject, not my area, not my field, not my department, not my thing topic, about something else,
        nothing to do with me, unrelated, irrelevant topic, the topic, wrong field, out of scope, thema,
        falsches thema, nicht mein thema, kein thema für mich, tema, no es mi tema, otro tema, fuera de tema,
        sujet, pas mon sujet, hors sujet, mauvais sujet, 話題, トピック, テーマ, 関係ない""",
    "person": """person, not this person, wrong person, this person, that person, this guy, that guy, author,
        because of the person, because of who it is, because of them, because of him, because of her,
        not from them, not from her, not from him, no more from them, no more from her, no more from him,
        no more from this person, wegen der person, diese person, diese person nicht, persona, esta persona,
        no esta persona, personne, cette personne, pas cette personne, 人, この人""",
    "kind": """kind, type, sort, this kind, that kind, this kind of thing, that kind of thing, kind of thing,
        wrong kind, this sort of thing, that sort of thing, these kinds, such things, things like this,
        things like that, stuff like this, stuff like that, this type, that type, this type of thing,
        sorts like this, art, diese art, so etwas, sowas, solche sachen, tipo, este tipo, cosas así, de este tipo,
        genre, ce genre, ce type, ce genre de choses, 種類, この種類, こういうの""",
    "late": """late, too late, its late, expired, outdated, out of date, already over, its over, is over,
        has passed, already passed, already happened, past its date, deadline passed, missed the deadline,
        missed the boat, no longer relevant, not relevant anymore, not relevant any more, stale, old news,
        too old, zu spät, abgelaufen, schon vorbei, vorbei, veraltet, nicht mehr aktuell, demasiado tarde,
        muy tarde, tarde ya, caducado, ya pasó, vencido, trop tard, périmé, expiré, dépassé, plus dactualité,
        遅い, 遅すぎ, 遅すぎる, 遅すぎた, もう遅い, 手遅れ, 期限切れ, 終わった話""",
    "spam": """spam, spammy, spammer, is a bot, scam, scammer, junk, ad, an ad, ads, advert, advertising,
        advertisement, promo, phishing, fake, bot spam, bait, werbung, betrug, spammig, publicidad, estafa,
        basura, publicité, pub, arnaque, pourriel, スパム, 迷惑, 宣伝, 広告, 詐欺""",
}
"""In which respect fewer like it are wanted; each also says no by itself."""

OTHER_PARTS = {
    Part.INTEND: """drop me a line, drop a line, drop her a line, drop him a line, drop them a line, answer,
        reply, respond, do, handle, tackle, write back, write to, get back to, follow up with, follow up on,
        follow up, call, email, mail, contact, message, dm, meet, finish, deal with, take care of, sort out,
        look into, look at, think about, talk to, speak to, attend to, get to, get around to, get round to,
        work on, act on, antworten, beantworten, erledigen, schreiben, zurückschreiben, machen, anrufen, kümmern,
        responder, contestar, escribir, hacer, llamar, répondre, écrire, faire, appeler, moccuper, 返事する,
        返信する, 答える""",
    Part.NOT: """not, no longer, dont, dont want to, will nicht, no quiero que, je ne veux pas que, didnt, havent,
        hasnt, isnt, arent, wasnt, wont, cant, cannot, couldnt, doesnt, never, yet to,
        have yet to, forgot to, failed to, without, aint, shouldnt, mustnt, neednt, nicht, nie, niemals, ohne,
        nicht mehr, nicht länger, kein, keine, keinen, vergessen zu, bitte nicht, no he, no lo he, no la he,
        no les he, no le he,
        no lo, no la, no las, no los, no me, no le, no se, no ha, no está, nunca, sin, no hemos, aún no he,
        todavía no he, no quise, ne pas, pas, ne plus, n'ai pas, n'a pas, n'ai pas encore, n'a pas encore,
        n'est pas encore, n'est pas, ne lai pas, n'aie pas, jamais, sans, ないで, しないで, ません, していません,
        していない, てない, ていない, ないでください""",
    Part.FUTURE: """ill, i will, will, will be, ill be, we will, shall, gonna, going to, im going to,
        i am going to, need to, needs to, i need to, have to, has to, must, got to, gotta, ought to, should,
        i should, want to, i want to, wanna, plan to, planning to, hope to, intend to, still need to,
        still have to, am about to, about to, to be, supposed to, would like to, i would like to, id like to,
        let me, im on, when im, when i am, once im, as soon as i, werde, wird, werden, muss, müsste, sollte,
        will noch, möchte noch, voy a, tengo que, debo, debería, quiero, vamos a, hay que, je vais, vais, dois,
        je dois, il faut, faut que, つもり, しなければ, しないと""",
    Part.DID: """ive, i have, have, had, i had, has been, have been, was, just, got, i got, already, habe, hab,
        hat, wurde, ist, schon, bereits, he, ya he, ya, fue, está, jai, ai, est, a été, déjà, もう, 既に, すでに""",
    Part.DOUBT: """no idea, no clue, no one, nobody, no answer, no reply, no response, no news, said, says, told,
        tells, asked me, asks, replied to me, wrote to me, got back to me, wrote me back, wrote me, answered me,
        called me, texted me, emailed me, when, before i, after i, until i, once, as soon as, while, close to,
        next to, i could, could i, on to, one of them, two of them, three of them, one of these, two of these,
        one of those, two of those, keine ahnung, niemand, bevor ich, sobald, sagte, sagt, wann, sin idea,
        ni idea, nadie, cuando, antes de, dijo, aucune idée, personne na, quand, avant de, dit que, 誰も, maybe,
        perhaps, possibly, probably, not sure, im not sure, unsure, if, unless, whether, should i, shall i, do i,
        did i, have i, is it, what if, might, i guess, i wonder, wonder, supposing, in case, almost, nearly, half,
        partly, partially, dont know if, dont know whether, did you, do you, has she, has he, did she, did he,
        vielleicht, wenn, falls, ob, eventuell, fast, soll ich, habe ich, quizás, quizá, tal vez, acaso, casi,
        debería yo, peut-être, presque, est-ce que jai, devrais-je, っけ, かな, かしら, かどうか, たぶん, 多分,
        かも, かもしれない, もし,
        almost done, half done""",
    Part.ASKS: """何と言った, 何と言ってた, 何て言った, なんて言った, 何と言っていた, 何と言っています, 何を言った,
        何を書いた, 何が欲しい, 何がほしい, 何を望んで, 何を求めて, 何について, 何の話, 何を聞いて""",
    Part.REASON: """because, bc, cuz, coz, since i, since im, since its, since they, as i, as im, as its, weil,
        denn, parce,
        puisque, car""",
    Part.BUT: """except, except for, but not, all but, apart from, other than, save for, excluding, minus, bar,
        everything but, everyone but, all of them but, all of these but, todo menos, todos menos, tout sauf,
        tous sauf, alles ausser, alle ausser, ausser, außer, ohne die, bis auf, aber nicht, excepto, menos, salvo,
        pero no, sauf, excepté, à part, mais pas, 以外, を除いて, 除いて""",
    Part.RATHER: """no wait, wait no, i mean, i meant, scratch that, correction, rather, make that, or rather,
        sorry i meant, ich meine, ich meinte, nein warte, vielmehr, quiero decir, digo, mejor dicho, je veux dire,
        enfin non, plutôt, じゃなくて, ではなく, いや違う""",
    Part.AND: """and, or, oder, ou, o, nor, ni, then, and then, but, plus, &, ＆, also, as well as, whereas,
        while, und, dann, und dann, aber, sondern, sino, sowie, pero, luego, y luego, e, mais, et, puis, et puis,
        と, それから,
        そして, あと, 、, and also, oh and, und noch""",
    Part.ASSENT: """ok, okay, okey, okie, k, kk, sure, sure thing, alright, all right, fine, right, thats right,
        correct, exactly, agreed, go ahead, do it, please do, go for it, just do it, of course, certainly,
        absolutely, affirmative, confirm, confirmed, confirm it, that one yes, go on, roger, yup do it,
        by all means, aye, klar, genau, in ordnung, einverstanden, passt, mach das, mach es, mach, natürlich,
        gerne, gern, richtig, vale, claro, de acuerdo, hazlo, adelante, correcto, eso es, bueno, dale,
        por supuesto, está bien, daccord, vas-y, bien sûr, exactement, fais-le, cest ça, entendu, parfait oui,
        了解, お願いします, お願い, そうです, 大丈夫, わかった, わかりました, オーケー, いいよ, どうぞ, 👌, 🆗""",
    Part.POLITE: """thanks, thank you, thank you so much, thank you very much, thanks a lot, many thanks, thx, tx,
        ty, tysm, thanx, cheers, ta, much appreciated, appreciated, appreciate it, i appreciate it, great,
        great stuff, nice, cool, perfect, awesome, lovely, klasse, spitze, wonderful, excellent, gran, estupenda,
        brilliant, amazing, sweet, super, good bot, good job, thank u, youre awesome, youre great,
        youre amazing, youre wonderful, youre brilliant, that is all, thats all thanks, great job, nice one,
        nice work, well done, good work, got it, i see, understood, noted, ha, haha, hahaha, lol, hehe, wow, yay,
        no problem, no worries, np, sounds good, looks good, all good, thats all, thats it, thats all for now,
        good, very good, very nice, thats great, thats good, for now thats it, youre welcome, bye, goodbye,
        see you, cu, good night, have a nice day, have a good day, take care, so kind, youre the best, you rock,
        love you, sorry, my bad, excuse me, pardon, danke, dankeschön, vielen dank, danke schön, danke dir,
        besten dank, merci vielmals, super danke, prima, toll, schön, gut gemacht, alles klar, alles gut, gut,
        sehr gut, wunderbar, tschüss, gute nacht, entschuldigung, gracias, muchas gracias, mil gracias, genial,
        perfecto, estupendo, muy bien, bien, eso es todo, adiós, perdón, lo siento, merci, merci beaucoup,
        mille mercis, super merci, parfait, très bien, bravo, cest tout, ce sera tout, au revoir, bonne nuit,
        désolé, désolée, ありがとう, ありがとうございます, ありがとうございました, どうも, 感謝, 助かる,
        助かります, 助かりました, すごい, さすが, なるほど, すみません, ごめん, ごめんなさい, おつかれ, お疲れ様,
        🙏, 😊, 🙂, 😀, 😃, 😄, 😁, 😂, 🤣, 😉, 😍, 🥰, 😎, 🎉, 💪, 🙌, 👏, 🤗, 🥳, ☺, 😅, 🌞, ✨, 🤝, 🫶""",
    Part.GREETING: """hi, hello, hey, hiya, yo, hi there, hello there, hey there, good morning, good evening,
        good afternoon, good day, dear bot, hey bot, hi bot, hello bot, greetings, howdy, sup, whats up,
        how are you, ping, hallo, guten morgen, guten tag, guten abend, moin, servus, grüezi, grüss gott, hola,
        buenos días, buenas, buenas tardes, buenas noches, qué tal, salut, bonjour, bonsoir, coucou, allô,
        こんにちは, おはよう, おはようございます, こんばんは, もしもし, やあ, 👋""",
    Part.FILLER: """for the love of god, for gods sake, for heavens sake, goddammit, damn, damned, ugh, argh, gah,
        bah, grr, sigh, pff, pfff, geez, jeez, gosh, man oh man, whatever, fuck, fucking, shit, crap, ffs, omg,
        jesus, christ, hell, bloody, looks like, look like, seems like, sounds like, feels like, its like, seems,
        seem, looks, sounds, things like, stuff like, something like, posts like, ones like, anything like, ne, n,
        until im back, till im back, until i return, till i return, when im back, smells like, reads like,
        やっぱり, やはり, しばらく, thats, the, this, that, these, those, it, its, is, are, am, be, been, being,
        were, i, im, me, my, mine, myself, you, your, u, ur, we, weve, us, our, he, she, they, them, him, her,
        his, their, hers, theirs, to, of, for, with, about, on, in, at, by, from, as, so, now, well, please, pls,
        plz, plse, kindly, dear, bot, underheard, can you, could you, would you, will you, can u, could u, can we,
        lets, let us, let, would, can, could, mark, marked, flag, set, put, item, items, number, numbers, numero,
        num, nr, one, ones, thing, things, stuff, again, back, message, messages, post, posts, mention, up, off,
        out, over, down, into, too, also, simply, only, still, anyway, yet, here, there, who, which, whose,
        since, though, although, recently, a minute ago, a while ago, earlier, before, ago, just now,
        right now, finally, for now, for me, for this, on this, on that, on it, to it, to this, to that, to them,
        to her, to him, with this, with that, with it, with them, with her, with him, about it, about that,
        about this, of it, of this, of that, guy, lady, please just, the one, the one from, the one with,
        the one about, the ones, this one, that one, thing from, hmm, hm, um, uh, uhm, er, erm, ah, oh, oops, ooh,
        eh, umm, mhm, well then, so then, quick, quickly, real quick, kind of, sort of, id, a bit, a little, very,
        much, quite, totally, completely, fully, all the way, a, an, some, any, was a, day, time, guess so,
        i think, think, believe, i believe, did it, opportunity, opportunities, entry, entries, straight away,
        immediately, asap, man, mate, buddy, dude, folks, friend, dearest, case, mine is, mine are, via,
        the message from, the post from, the question from, the offer from, question, offer, request, invitation,
        invite, der, die, das, den, dem, des, ein, eine, einen, einem, einer, ich, du, sie, es, wir, ihr, mir,
        mich, dir, dich, mein, meine, meinen, bitte, mal, doch, noch, auch, nun, jetzt, gerade, eben, mit, von,
        vom, zu, zum, zur, bei, beim, für, auf, nummer, punkt, eintrag, sache, mach, mache, setz, setze, stell,
        stelle, markiere, markier, als, dass, da, hier, wegen, über, davon, dazu, vorhin, endlich, kannst du,
        könntest du, würdest du, sind, war, haben, sei, sein, wäre, einfach, nur, ja doch, halt, den punkt, sich,
        el, la, los, las, lo, un, una, unos, unas, yo, tú, te, se, mi, mis, mí, de, del, al, con, por, para, en,
        que, por favor, porfa, son, ser, era, ahora, también, número, mensaje, ese, esa, eso, este, esta, esto,
        puedes, podrías, ha, han, como, sobre, solo, marca, marcar, pon, poner, a la, a las, hacia, acabo de, le,
        les, muy, ya que, lui, une, je, tu, il, elle, nous, vous, moi, toi, mon, ma, mes, ce, cet, cette, ces, ça,
        cela, à, au, aux, avec, pour, par, sur, dans, qui, sil te plaît, sil vous plaît, stp, svp, est, sont,
        être, été, maintenant, aussi, numéro, mets, mettre, marque, peux-tu, pourrais-tu, tu peux, pouvez-vous,
        viens de, suis, merci de, を, は, が, に, の, も, で, へ, です, ます, した, しました, してください,
        ください, して, する, にする, にして, にしてください, だ, ね, よ, な, 番, 件, つ, 番の, について, これ,
        それ, あれ, この, その, から, もの, こと, 私, 僕, 今, さっき, ちょっと, とりあえず, 。, はもう,
        をお願いします, お願いできますか, だけ, まで, までに, さん, ・""",
}

MARKS = {
    Part.QUESTION: "?？¿❓❔⁉",
    Part.COMMA: ",，、:：()[]{}=/|·•+~–—->→",
    Part.BREAK: ";；!！.…¡",
    Part.FILLER: '*_`"“”„«»',
}

SEPARATORS = frozenset({Part.COMMA, Part.AND, Part.BREAK})
TALK = frozenset({Part.FILLER, Part.POLITE, Part.GREETING, Part.ASSENT})
"""Changes nothing of what the rest of a clause says."""
COURTESY = frozenset(
    {"even", "really", "actually", "please", "pls", "plz", "bitte", "mal", "doch", "porfa", "svp", "stp", "kindly"}
)
"""Stands anywhere, even inside a phrase: "hör bitte auf"."""
PRAISE = frozenset(
    listed(
        """good, great, nice, cool, perfect, awesome, lovely, wonderful, excellent, brilliant, amazing, fantastic,
    super, toll, prima, gut, schon, genial, perfecto, bien, parfait, klasse, spitze"""
    )
)
"""Of what is polite, what may be about an item."""
INTERJECTIONS = frozenset(
    listed(
        """yes, yep, yeah, yup, ya, yea, yess, yesss, y, no, nope, nah, naw, nay, n, ja, jep, jo, jawohl, jup, nein,
    nee, no, si, sip, sí, oui, ouais, ouaip, non, nan, はい, うん, ええ, いいえ, いや"""
    )
)
"""Of the words for yes and no, those that may mean nothing: "yes, done 1"."""
PLAIN_YES = frozenset(
    listed(
        """yes, yep, yeah, yup, ya, yea, yess, yesss, y, ok, okay, okey, okie, sure, go ahead, do it, confirm,
    confirmed, affirmative, ja, jep, jo, jawohl, jup, einverstanden, mach das, mach es, si, sip, hazlo, adelante,
    de acuerdo,
    vale, oui, ouais, ouaip, daccord, vas y, fais le, はい, うん, ええ, イエス, オーケー"""
    )
)
"""What confirms even what cannot be undone, folded: no sign, no thanks and no praise."""
ASKS_ABOUT = Phrasebook(
    (phrase, None)
    for phrase in listed(
        """what did, what does, what do, what has, what have, what had, what would, what will, what was it that,
        when did,
        when does, who did, whom did, how does, does, has, had, is, are, was, were, did i, have i, had i, was hat, was
        haben, was hatte, was will, was wollte, was wollen, was sagt, was sagte, was schreibt, was schrieb, was möchte,
        was braucht, was fragt, was meint, was meinte, was bietet, was steht in, was steht bei, worum geht es in, worum
        geht es bei, worum gehts in, worum gehts bei, um was geht es bei, um was geht es in, wovon handelt, ist, sind,
        wurde, wurden, hat, haben, habe ich, hab ich, qué dijo, qué dice, qué quiere, qué quería, qué pide, qué
        pregunta, qué escribió, qué ha dicho, qué necesita, qué ofrece, de qué va, de qué trata, qué decía, está,
        están,
        qu'a dit, qu'a écrit, qu'a demandé, que dit, que veut, que voulait, que demande, que propose, qu'est-ce que
        veut, qu'est-ce que dit, qu'est-ce qu'a dit, qu'est-ce que, de quoi parle, de quoi s'agit-il dans, est-ce que,
        est-ce qu, ai-je répondu à, ai-je répondu au, est-ce que jai répondu à"""
    )
)
"""Before an item, where a clause begins, these ask: "does Ines", "is 18"."""
PRONOUNS = frozenset(
    {"he", "she", "they", "it", "er", "sie", "es", "il", "elle", "ils", "elles", "el", "ella", "ellos"}
)
INDIRECTLY = Phrasebook((phrase, None) for phrase in listed("what, was, lo que, qué, ce que, ce qu"))
"""Before an item and one of these an indirect question: "remind me what 4 said"."""
SAYING = frozenset(
    listed(
        """said, says, wants, wanted, asked, asks, needs, needed, wrote, writes, meant, means, offers,
        offered, proposed,
    proposes, replied, answered, sagt, sagte, gesagt, will, wollte, mochte, schreibt, schrieb, braucht, fragt, meint,
    dijo, dice, quiere, queria, pide, escribio, dit, veut, voulait, demande, propose"""
    )
)
"""Folded."""
ASKS_OF_ONESELF = Phrasebook(
    (phrase, None) for phrase in listed("did i, have i, had i, habe ich, hab ich, ai-je, est-ce que jai, est-ce que je")
)
"""And these wherever the item stands: "did I answer 3"."""
BEFORE_ITEMS = frozenset({"the", "number", "nr", "no", "item", "der", "die", "das", "den", "el", "la", "le", "it", "#"})
ASIDE = frozenset({"so", "well", "oh", "hm", "hmm", "also", "bot", "hey"})
"""With such a word a clause begins as without it."""
NEVER = frozenset({"never", "nie", "niemals", "jamais", "nunca"})
"""Of the denials, those that say by themselves that nothing more of a person is wanted: "never 3"."""
VAGUE_RESPECTS = frozenset({"topic", "person", "kind"})
"""Their words are everyday words too: "mute that person"."""
NAYSAYING = frozenset(
    listed(
        """not, no, off, offtopic, wrong, nothing, unrelated, irrelevant, isnt, out, other, another, nicht, kein,
    falsches, falsche, otro, fuera, pas, hors, mauvais, 関係ない"""
    )
)
"""What makes a vague respect say no."""


def senses() -> Iterator[tuple[str, Sense]]:
    """All of the above. Where several claim a word the last counts, and fillers come first."""
    for part in sorted(OTHER_PARTS, key=lambda part: part is not Part.FILLER):
        yield from ((phrase, Sense(part)) for phrase in listed(OTHER_PARTS[part]))
    for part, marks in MARKS.items():
        yield from ((mark, Sense(part)) for mark in marks)
    for number, phrases in NUMERALS.items():
        yield from ((phrase, Sense(Part.ITEM, ref=Ref(Which.NUMBER, number))) for phrase in listed(phrases))
    for place, phrases in PLACES.items():
        yield from ((phrase, Sense(Part.ITEM, ref=Ref(Which.PLACE, place))) for phrase in listed(phrases))
    for group, phrases in GROUPS.items():
        yield from ((phrase, Sense(Part.ITEM, ref=Ref(Which(group)))) for phrase in listed(phrases))
    for respect, phrases in RESPECTS.items():
        yield from ((phrase, Sense(Part.RESPECT, respect)) for phrase in listed(phrases))
