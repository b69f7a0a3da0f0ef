"""What the owner can do about an item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot import digest, ledger, outcomes
from bot.commands.registry import Asked, Named, Order, Told, command, labels, state
from bot.digest import name as shown_name
from bot.language import when
from bot.language.tokens import fold
from bot.language.verbs import Takes
from bot.models import Event, LedgerEntry
from bot.text import clip, joined


def _each(order: Order, told: str, enters: Callable[[Named], LedgerEntry]) -> Told:
    """Enter something for every open item; of the closed ones say that they are."""
    open_ones = [named for named in order.named if named.is_open]
    closed = [f"{named.label} is already {state(named)}." for named in order.named if not named.is_open]
    undo = " Undo takes it back." if len(open_ones) > 1 else ""
    lines = [f"{labels(open_ones)}: {told}.{undo}", *closed] if open_ones else closed
    return Told(tuple(lines), tuple(enters(named) for named in open_ones))


@command(
    usage="done 1",
    help="you acted on it, it closes",
    takes=Takes.ITEMS,
    needs_care=True,
    en="""did, answered, replied, sorted, handled, finished, completed, complete, fixed, settled, resolved,
        dealt with, took care of, taken care of, taken care, wrote back, written back, wrote, wrote to, written,
        responded, reached out, got back to, gotten back to, followed up, followed up on, sent, emailed, mailed,
        called, phoned, contacted, messaged, reached out to, been in touch, in touch, got in touch, in touch with,
        met, talked to, spoke to, spoken to, spoke with, talked with, acted on, closed, close, check, checked,
        checked off, check off, ticked, tick, tick off, ticked off, cross off, cross, crossed off, crossed,
        all set, wrapped up, wrap up, attended to, accomplished, through with, did reply, did answer, got to,
        got around to, got round to, gotten around to, gotten round to, gotten to, tackled, booked, accepted,
        thanked, dmed, pinged, gave an answer, given an answer, sent a reply, sent an answer, sent a message,
        replied already, answered already, dun, dne, is history, out of the way, off my list, off the list,
        mark done, mark as done, mark as read, set to done, is a done deal, finito, solved, did that, did this,
        did it""",
    de="""erledigt, fertig, beantwortet, geantwortet, gemacht, geschrieben, zurückgeschrieben, abgeschlossen,
        abgehakt, geklärt, getan, geschafft, abhaken, durch, erledige, hab geantwortet, habe geantwortet, gelöst,
        bearbeitet, angerufen, gemeldet, reagiert, kontaktiert, passt erledigt, ist durch, vom tisch""",
    es="""hecho, hecha, listo, listos, hechos, hechas, está lista, están listas, ya está lista, respondido,
        respondí, respondida, contestado, contestada, contesté, terminado, terminada, terminé, resuelto, resuelta,
        completado, completada, ya está, ya están, ya lo hice, ya la hice, ya los hice, ya las hice, ya respondí,
        ya contesté, cerrado, cerrada, acabado, acabada, le escribí, escribí, atendido, atendida, solucionado""",
    fr="""fait, faite, faits, faites, terminé, terminée, fini, finie, répondu, jai répondu, réglé, réglée, traité,
        traitée, cest fait, cest bon, cest réglé, résolu, clos, classé, écrit, contacté, bouclé, bouclée,
        terminés, réglés""",
    ja="""完了, 済み, 済, 終わった, 終わりました, 終わり, 終了, 返事した, 返事しました, 返信した, 返信しました,
        返信済み, 返事済み, 返信済, 答えた, 答えました, 対応した, 対応しました, 対応済み, 対応済, やった,
        やりました, できた, できました, 片付いた, 片付きました, 連絡した, 連絡しました, 済んだ, 済みました,
        返答した, 返答しました, 処理した, 処理済み, 解決, 解決した""",
    signs="✅, ✔, ☑, ✓, 🏁",
)
def done(order: Order) -> Told:
    return _each(order, "done", lambda named: order.entry(Event.DONE, named))


DEFAULT_DELAY = "3d"


@command(
    usage="later 2 fri",
    help="comes back then; without a time in 3 days",
    takes=Takes.ITEMS | Takes.TIME,
    en="""snooze, snoozed, remind me, remind me about, remind me of, remind, reminder, postpone, postponed,
        not now, defer, delay, ~hold, on hold, put on hold, park, sleep on, sleep on it, ~wait, ~waiting,
        wait with, can wait, this can wait, push, push back, push off, put off, bump, move, reschedule, bring,
        bring back, bring up, bring it back, come back to, get back to me about, get back to me on, ping me,
        ping me about, poke me, nudge me, nudge me about, ask me, ask me again, ask again, show me again,
        show again, tell me again, resurface, some other time, another time, another day, not today,
        not right now, not this week, not yet ready, ~no time, no time now, no time for, ~busy, ~im busy,
        too busy, too busy for, next time, save, save for later, keep for later, leave for later, leave for,
        leave until, leave till, keep for, come back, maybe later, look at it later, look at later, do later,
        do it later, deal with it later, answer later, reply later, respond later, later on, a bit later, no rush,
        no hurry, remember, remind me again, hold off, hold off on, tell me about it again, schedule,
        set a reminder, set reminder, set a reminder for, back burner, on the back burner, not urgent,
        isnt urgent, follow up later, leave it for, wake me, bring it up, show it again, ~return, let it rest,
        ~give me, ~i need, need more time, more time, i need time""",
    de="""später, erinnere, erinner, erinnere mich, erinner mich, erinnere mich an, erinner mich an, erinnerung,
        verschieben, verschieb, verschiebe, nicht jetzt, jetzt nicht, noch mal, nochmal, wieder, aufschieben,
        zurückstellen, warten, warte, kann warten, ein andermal, ein anderes mal, vertagen, vertage, keine zeit,
        grad keine zeit, wiedervorlage, heb auf, heb dir auf, zeig mir wieder, später nochmal, mach ich später,
        nicht heute, schlummern, schieb, schiebe, schieb auf, leg auf, hat zeit, eilt nicht, melde dich,
        frag mich, frag mich wieder, frag nochmal""",
    es="""luego, más tarde, después, recuérdame, recordar, recuerda, recordatorio, posponer, pospón, pospone,
        aplaza, aplazar, ahora no, no ahora, otro día, en otro momento, otra vez, ~espera, puede esperar,
        más adelante, deja para, dejar para, déjalo para, no tengo tiempo, avísame, hoy no, acuérdame,
        vuelve a mostrar""",
    fr="""plus tard, rappelle, rappelle moi, rappelle-moi, rappelez-moi, rappeler, rappel, reporter, reporte,
        repousser, repousse, pas maintenant, une autre fois, un autre jour, attendre, attends, peut attendre,
        remettre, remets à, pas le temps, je n'ai pas le temps, différer, décaler, décale, pas aujourdhui,
        on verra, redemande, ça peut attendre""",
    ja="""後で, あとで, 後に, 後回し, 延期, 延期して, リマインド, リマインドして, 思い出させて, 今はいい,
        今じゃない, 今はちょっと, 保留, また今度, スヌーズ, のちほど, 後ほど, また, 待って, 待つ, 教えて, 再通知,
        今は無理, 時間がない, 後にして""",
    signs="💤, ⏰, ⏳, ⌛, 🔜, 😴, 🕒, ⏱, 📅, 🔔",
)
def later(order: Order) -> Told | Asked:
    try:
        until = when.moment(order.clause.argument or DEFAULT_DELAY, order.view.now, order.view.zone, order.view.morning)
    except when.NoSuchMoment as problem:
        stays = f"{labels(order.named)} {'stays' if len(order.named) == 1 else 'stay'} as before."
        return Asked(f"{problem} {stays} Say it another way, like: fri, 3d, 24.12., in 2 weeks.")
    comes = "comes back" if len(order.named) == 1 else "come back"
    in_3_days = "" if order.clause.argument else ", in 3 days as you named no time"
    told = f"{comes} {order.moment(order.view.list_from(until))}{_before_it(order, until)}{in_3_days}"
    return _each(order, told, lambda named: order.entry(Event.LATER, named, until=until))


def _before_it(order: Order, until: datetime) -> str:
    """Where the list that it comes with is not at the moment that was named."""
    return "" if order.view.list_from(until) == until else f", with the first list after {order.moment(until)}"


NOTED = {
    "topic": "not your topic",
    "person": "not this person",
    "kind": "not this kind",
    "late": "it came too late",
    "spam": "spam",
}


@command(
    usage="no 3 topic",
    help="closes it; name what is wrong: topic, person, kind, late, spam",
    takes=Takes.ITEMS | Takes.RESPECT,
    needs_care=True,
    en="""skip, skipped, skipping, dismiss, dismissed, not interested, not interested in, who cares,
        who cares about, no way, nothing for me, nothing for me today, nothing today, nothing interesting,
        nothing here, nothing of interest, nothing good, nothing useful, nothing here for me,
        stop showing me stuff like, stop showing me things like, no more stuff like, no more things like,
        not interesting, no longer interested,
        no longer interested in, no longer interests me, no longer interesting, not interested any more,
        not interested anymore, not interested any longer,
        not interested any more in, not interested anymore in,
        doesnt interest me any more, doesnt interest me anymore, lost interest, lost interest in, lost all interest in,
        have no more interest in, no more interest in, uninterested,
        nope, nah, naw, nay, nein, no thanks, no thank you, no need, no interest,
        no interest in, no more like, no more of, no more, drop, dropped, pass, pass on, ill pass, ill pass on,
        remove, delete, discard, ignore, ignored, reject, decline, declined, refuse, trash, toss, ~bin, kill,
        close without, get rid of, ditch, scrap, forget about, never mind about, not for me, not into, not keen,
        not keen on, not my jam, not my thing, not my cup of tea, not my style, isnt for me, isnt my thing,
        is not for me, is not my thing, not relevant, irrelevant, doesnt interest me, does not interest me,
        dont care, dont care about, couldnt care less, dont want, dont need, dont like, dont show, dont show me,
        dont show me again, dont remind me, dont remind me of, dont remind me about, dont want to see,
        dont want to read, garbage, rubbish, nonsense, bullshit, lame, dull, bland, bores me, kick out, hard pass,
        hard pass on, not worth it, not worth my time, waste of time, a waste of time, isnt worth it,
        isnt relevant, isnt interesting, boring, useless, pointless, meh, leave out, throw away, throw out,
        less like, less of, less, no to, negative, clear, archive, hide it, not useful, not helpful, i hate, hate,
        dislike, ~bad, ~wrong, not good, no good, not a fit, not a good fit, dont bother, dont bother me with,
        cancel item, say no to, turn down, turned down, lose, nix, veto, ~x, ~out""",
    de="""nein, nee, nö, ne danke, nein danke, weg, weg damit, weglassen, überspringen, überspring,
        kein interesse, kein interesse an, kein interesse mehr,
        kein interesse mehr an, interessiert mich nicht, interessiert mich nicht mehr, interessieren mich nicht mehr,
        nicht mehr interessiert, nicht mehr interessiert an, nicht mehr interessant,
        brauche ich nicht mehr, brauch ich nicht mehr, will ich nicht mehr, mag ich nicht mehr,
        nicht interessiert, nicht interessant,
        uninteressant, nicht interessiert an, ablehnen, lehne ab, verwerfen, verwirf, löschen, lösche, lösch,
        ignorieren, ignorier, ignoriere, brauch ich nicht, brauche ich nicht, will ich nicht, nichts für mich,
        ist nichts für mich, unwichtig, egal ist, raus, streichen, streich, nicht relevant, irrelevant,
        langweilig, auslassen, lass weg, mag ich nicht, gefällt mir nicht, entfernen, entferne, entfern,
        interessieren mich nicht, quatsch, unsinn, müll, nichts davon, nichts interessantes,
        nichts für mich dabei, kannst du löschen, kann weg""",
    es="""no gracias, descartar, descarta, descartes, borres, quites, elimines, ignores, rechaces, saltar, salta,
        salto, omitir, omite, no me interesa, no me interesan, no interesa,
        ya no me interesa, ya no me interesan, ya no interesa, no me interesa más, sin interés, quitar, quita, borrar,
        borra, elimina, eliminar, ignorar, ignora, rechazar, rechaza, paso, paso de, pasa, pasa de, a la basura,
        no quiero, no es para mí, no me gusta, irrelevante, aburrido, no es relevante, no necesito, fuera,
        no va conmigo, nada de esto, nada de esto me interesa, nada me interesa, nada interesante""",
    fr="""non, non merci, nan, passer, passe, passer le, ignorer, ignore, supprimer, supprime, écarter, écarte,
        rejeter, rejette, pas intéressé, pas intéressée, pas intéressé par, pas intéressant,
        plus intéressé, plus intéressée, plus intéressé par, plus intéressée par, plus intéressant,
        ne m'intéresse plus, ne veux plus, ne veux plus de, je ne veux plus, je ne veux plus de,
        plus besoin, plus besoin de, plus envie, plus envie de,
        mintéresse plus, n'intéresse plus, plus d'intérêt, plus d'intérêt pour, plus aucun intérêt, ne m'intéresse pas,
        mintéresse pas, ça ne m'intéresse pas, pas pour moi, sans intérêt, aucun intérêt, aucun intérêt pour,
        à la poubelle, poubelle, enlever, enlève, refuser, refuse, effacer, efface, je passe, veux pas,
        je ne veux pas, ne veux pas de, inutile, jette, jeter, pas besoin, n'intéresse pas, laisser tomber, vire,
        virer, rien ne m'intéresse, rien d'intéressant""",
    ja="""いいえ, いや, 不要, いらない, 要らない, いりません, 要りません, 結構です, はいらない, はいらん,
        はいりません, 興味ない, 興味がない, 興味なし, もう興味ない, もう興味がない, もう興味ありません,
        興味がなくなった,
        興味なくなった, 興味を失った, もういい, 興味ありません, 興味がありません, 却下, 見送り, 見送る,
        見送ります, スキップ, 削除, 消して, 無視, パス, ノー, だめ, ダメ, 除外, 外して, やめておく, やめとく, 違う""",
    signs="👎, ❌, 🚫, 🗑, ✖, ⛔, ✗, ✘, 🙅, ❎, 🥱, 🙄, 🤮, 😒",
)
def no(order: Order) -> Told:
    respect = order.clause.argument
    told = f"dismissed; noted: {NOTED[respect]}" if respect else "dismissed"
    return _each(order, told, lambda named: order.entry(Event.NO, named, respect=respect))


@command(
    usage="yes 1",
    help="more like it; it stays open",
    takes=Takes.ITEMS,
    needs_care=True,
    en="""yep, yeah, yup, ~ya, yea, yess, yesss, good one, a good one, good find, great find, nice find, like,
        likes, liked, interest, interests, interests me, i like, love, loved, i love, love it, like it, more like,
        more things like, more stuff like, more posts like, more people like, more of, more such, show more like,
        interesting, interested, interested in, im interested, useful, helpful, relevant, spot on, on point,
        bingo, keep them coming, thumbs up, upvote, plus one, excited about, fantastic, want more, i want more,
        ~want, good pick, great pick, nice pick, good choice, well spotted, what im looking for,
        exactly what im looking for, what i was looking for, exactly what i need, what i need, worth it, is good,
        are good, is great, is nice, was good, was great, more please, star, fav, favorite, favourite, approve,
        approved, bravo for""",
    de="""ja, jep, jo, jawohl, jup, ja bitte, mehr davon, mehr von, mehr wie, gefällt mir, mag ich, interessant,
        finde ich gut, find ich gut, spannend, super sache, ist gut, interessiert mich, guter fund, super fund,
        toller fund, guter treffer, liebe, mehr solche, mehr solcher""",
    es="""sí, si, sip, buen hallazgo, más como, más así, más de, me gusta, me gustan, me interesa, me encanta,
        interesante, buena, bueno el, quiero más, me interesan, útil""",
    fr="""oui, ouais, super trouvaille, bonne trouvaille, belle trouvaille, ouaip, plus comme, plus de, jaime,
        jadore, intéressant, ça mintéresse, intéressé, intéressée, me plaît, ça me plaît, pertinent, si si,
        encore comme""",
    ja="""はい, うん, ええ, いいね, 良い, いい, よい, 興味ある, 興味がある, 興味あり, 興味があります,
        こういうのもっと, みたいなの, みたいなのもっと, のようなの, もっとこういうの, 似たもの, 面白い,
        おもしろい, 好き, 気に入った, イエス, 賛成""",
    signs="👍, ❤, ♥, 💚, 💙, 💜, 🧡, 💛, 💯, ⭐, 🌟, 🔥, 😻, 🙆, ➕",
)
def yes(order: Order) -> Told:
    fresh = [named for named in order.named if not named.item.standing.liked]
    stays = " It stays open." if len(fresh) == 1 and fresh[0].is_open else ""
    lines = [f"{labels(fresh)}: noted, more like this.{stays}"] if fresh else []
    lines += [f"{named.label}: I knew that already." for named in order.named if named.item.standing.liked]
    return Told(tuple(lines), tuple(order.entry(Event.YES, named) for named in fresh))


@command(
    usage="why 1",
    help="the reasons, and what was not counted",
    takes=Takes.ITEMS,
    en="""explain, explanation, how come, reason, reasons, reasoning, why did you show me, why did you pick,
        why is this, why this one, why me, whys, more about, tell me more, tell me more about, tell me about,
        more on, more info, more info on, more info about, ~info, info on, info about, ~details, ~detail,
        details on, details about, elaborate, elaborate on, what makes, how did, ~what about, whats with,
        whats so special about, justify, what made you pick, ~what for, ~what is, ~whats, ~what was,
        because of what, on what basis, wherefore, y tho, on what grounds, based on what, expand, expand on,
        more detail, more details, more details on, more context, ~context, how did you pick, how did you choose""",
    de="""warum, wieso, weshalb, weswegen, erklär, erkläre, erklär mir, begründe, begründung, grund, gründe,
        mehr über, mehr zu, erzähl mir mehr, erzähl mir mehr über, was ist mit, details zu, wozu""",
    es="""por qué, porqué, por que, porque, explica, explícame, explicar, razón, razones, motivo, motivos,
        a qué se debe, cuéntame más, más sobre, más información sobre, detalles""",
    fr="""pourquoi, pk, explique, explique-moi, expliquer, raison, raisons, motif, plus sur, dis men plus,
        dis-moi plus sur, détails, en savoir plus, en savoir plus sur""",
    ja="なぜ, 何故, なんで, 何で, どうして, 理由, 説明, 説明して, 理由は, 詳しく, 詳細, くわしく",
    signs="❓, ❔, 🤔, ⁉",
)
def why(order: Order) -> Told:
    return Told(tuple(line for named in order.named for line in _explained(order, named)))


REASONS_SHOWN = (12, 8, 6, 4, 3, 2, 1)
"""Tried from the first until it fits."""


def _explained(order: Order, named: Named) -> list[str]:
    for count in REASONS_SHOWN:
        lines = _explanation(order, named, count)
        if order.view.fits("\n".join(lines)):
            break
    return lines


def _explanation(order: Order, named: Named, count: int) -> list[str]:
    judgement = named.item.opportunity.judgement
    promise = named.item.opportunity.promise
    cold = ["+ a promise that nothing has followed"] if promise and promise.is_cold else []
    first_goal = order.view.controls.first_goal(order.view.now)
    first = [f"+ you want {first_goal} first now"] if first_goal and judgement.goal == first_goal else []
    serves = f"for {judgement.goal}" if judgement.goal else "for no goal of yours"
    quotation = "this quotation until it closes, " if judgement.gist else ""
    evidence = named.item.opportunity.evidence
    kept = "how often they wrote, " if evidence else ""
    return [
        f"{named.label}: {judgement.kind}, {serves}, {judgement.strength}.",
        *cold,
        *first,
        *_reasons(named, count),
        *(_came_of_it(order, told) for told in named.item.standing.outcomes),
        "Not counted: followers, likes, boosts, the age of the account.",
        f"Kept: {quotation}{kept}name, link and these reasons; never the post.",
    ]


def _came_of_it(order: Order, told: ledger.Told) -> str:
    """Like 'Sun 22 Nov: won, money, 400 EUR, "a paid workshop"'."""
    words = f', "{told.outcome.words}"' if told.outcome.words else ""
    return f"{digest.day(told.at, order.view.zone)}: {outcomes.spoken(told.outcome)}{words}."


def _reasons(named: Named, count: int) -> list[str]:
    """The terms of the ranking, the largest first."""
    terms = [signal for signal in named.item.opportunity.judgement.signals if signal.weight]
    terms.sort(key=lambda signal: -abs(signal.weight))
    reasons = [f"{'+' if signal.weight > 0 else '−'} {signal.because}" for signal in terms[:count]]
    return reasons + ([f"… and {len(terms) - count} smaller reasons"] if len(terms) > count else [])


MAX_NOTE = 1000


@command(
    usage="note 2 …",
    help="your own words, kept with it",
    takes=Takes.ITEMS | Takes.TEXT,
    en="""memo, notes, remember that, jot down, jot, make a note, take a note, add a note, add note, note to self,
        write down, annotate, comment""",
    de="notiz, notier, notiere, anmerkung, vermerk",
    es="nota, anota, apunta, apunte",
    fr="noter, remarque, mémo",
    ja="メモ, ノート, 覚え書き",
    signs="📝, 🗒",
)
def note(order: Order) -> Told | Asked:
    text = order.clause.argument
    if not text:
        return Told(tuple(f"{named.label}: {_notes(named)}" for named in order.named))
    if len(text) > MAX_NOTE:
        return Asked(f"That note has {len(text)} characters; I keep up to {MAX_NOTE}.")
    entries = tuple(order.entry(Event.NOTE, named, text=text) for named in order.named)
    return Told((f'{labels(order.named)}: noted, "{clip(text, 200)}".',), entries)


def _notes(named: Named) -> str:
    return " ".join(f'"{note}".' for note in named.item.standing.notes) or "no notes yet."


@command(
    usage="mute 1",
    help="never show this person; unmute NAME ends it",
    takes=Takes.ITEMS | Takes.NAME,
    needs_care=True,
    en="""~silence, never again, never show me anything from, never show me anything by, never want to see,
        never want to hear from, dont want to hear from, never show, never show me, hide, block, ban, blacklist,
        no more from, nothing more from, nothing from, dont show me anything from, shut up about, stop showing me,
        stop showing, never this person again, dont ever show, unfollow, ignore this person,
        ignore everything from""",
    de="""stumm, stummschalten, schalte stumm, blockieren, blockiere, block, nie wieder, nie mehr, ausblenden,
        blende aus, verstecken""",
    es="silenciar, silencia, bloquear, bloquea, nunca más, ocultar, oculta",
    fr="bloquer, bloque, masquer, masque, plus jamais, faire taire, mettre en sourdine, cacher",
    ja="ミュート, ミュートして, ブロック, ブロックして, 非表示, 二度と",
    signs="🔇, 🔕, 🤐",
)
def mute(order: Order) -> Told | Asked:
    if unclear := which_of_two(order, "mute"):
        return unclear
    people = people_meant(order)
    if len(people) != 1 and not order.named:
        return Asked(unknown_or_several(order, people, "mute"))
    fresh = [person for person in people if person not in order.view.muted]
    closing = [named for named in _of_people(order, fresh) if named.is_open]
    muted = joined(people[person] for person in fresh)
    lines = [f"{muted}: muted, I show nothing of theirs any more."] if fresh else []
    lines += [f"{labels(closing)}: dismissed."] if closing else []
    lines += [f"unmute {muted} ends it."] if len(fresh) == 1 else []
    lines += [f"{people[person]} is muted already." for person in people if person not in fresh]
    accounts = [account for person in fresh for account in sorted(order.view.kin.of(person))]
    entries = [order.entry(Event.MUTE, person=account) for account in accounts]
    entries += [order.entry(Event.NO, named, respect="person") for named in closing]
    return Told((" ".join(lines),), tuple(entries))


@command(
    usage="unmute NAME",
    help="show this person again",
    takes=Takes.ITEMS | Takes.NAME | Takes.ALONE,
    en="""remove my mute, remove my mute on, remove the mute, remove the mute on, take off mute, unhide, unblock,
        unsilence, show again person, allow, unban""",
    de="entstummen, nicht mehr stumm, entsperren",
    es="desbloquear, dejar de silenciar",
    fr="débloquer, réafficher, démasquer",
    ja="ミュート解除, 解除",
    signs="🔊, 🔈",
)
def unmute(order: Order) -> Told | Asked:
    if unclear := which_of_two(order, "unmute"):
        return unclear
    muted = order.view.muted
    is_unnamed = not order.named and not order.clause.argument
    once = order.view.kin.once(sorted(muted))
    people = {person: _name(order, person) for person in once} if is_unnamed else people_meant(order)
    people = {person: name for person, name in people.items() if person in muted}
    if len(people) != 1:
        names = sorted(_name(order, person) for person in once)
        return Asked(f"Muted: {joined(names)}. Whom?" if muted else "Nobody is muted.")
    ((person, name),) = people.items()
    accounts = sorted(order.view.kin.of(person) & order.view.controls.muted)
    entries = tuple(order.entry(Event.UNMUTE, person=account) for account in accounts)
    return Told((f"{name} may be shown again.",), entries)


def people_meant(order: Order) -> dict[str, str]:
    """Whom a clause names, by one of their ids: by their items, or by name among all who ever wrote."""
    found = _in_items(order.named) if order.named else _by_name(order)
    return {id_: found[id_] for id_ in order.view.kin.once(found)}


def _in_items(named: Sequence[Named]) -> dict[str, str]:
    found: dict[str, str] = {}
    for opportunity in (each.item.opportunity for each in named):
        found[opportunity.person] = shown_name(opportunity.name)
        if opportunity.other:
            found[opportunity.other.person] = shown_name(opportunity.other.name)
    return found


def _by_name(order: Order) -> dict[str, str]:
    said = fold(order.clause.argument.strip("@ "))
    return {
        person.id: shown_name(person.name)
        for person in order.view.people.values()
        if said and said in {fold(person.name), fold(person.handle), *fold(person.name).split()}
    }


def which_of_two(order: Order, command: str) -> Asked | None:
    """An item about two people does not tell whom of them the owner means."""
    two = next((each for each in order.named if each.item.opportunity.other), None)
    if two is None:
        return None
    names = joined(_in_items([two]).values(), "or")
    return Asked(f"{two.label}: which of the two, {names}? Say {command} and the name.")


def unknown_or_several(order: Order, people: dict[str, str], command: str) -> str:
    if people:
        several = [f"{name} ({order.view.people[person].handle})" for person, name in people.items()]
        return f"There are several: {joined(several[:5])}. Give me the address."
    return f'I know nobody called "{clip(order.clause.argument, 40)}". Say {command} with a number or a name.'


def _name(order: Order, person: str) -> str:
    known = order.view.people.get(person)
    items = [item.opportunity.name for item in order.view.items.values() if item.opportunity.person == person]
    return shown_name(known.name if known else items[0] if items else person)


def _of_people(order: Order, people: Sequence[str]) -> list[Named]:
    numbered = [Named(number, item) for number, item in order.view.items.items()]
    waiting = [Named(None, item) for item in order.view.waiting]
    theirs = order.view.kin.all_of(people)
    return [named for named in (*numbered, *waiting) if not theirs.isdisjoint(named.item.opportunity.people)]


@command(
    usage="keep 2",
    help="changes nothing: not done yet, or I misunderstood",
    takes=Takes.ITEMS | Takes.ALONE,
    en="""not yet, not done yet, not done, keep open, keep it, keep it open, leave open, leave it open, leave,
        leave alone, still open, stays open, stay open, stays, open still, hold on to, in progress, working on it,
        working on, on it, never mind, nevermind, nvm, forget it, cancel, leave it, dont do that, not that,
        not like that, as it was, leave as is, keep as is, no change, pending, unfinished, undecided, will do,
        ill do it, i will do it, on my list, doing, still doing, keep that, still thinking about""",
    de="""noch nicht, noch nicht fertig, noch nicht erledigt, noch offen, behalten, behalte, offen lassen,
        lass offen, bleibt, bleibt offen, vergiss es, egal, lass es, lass stehen, lass, abbrechen, bin dran,
        in arbeit, offen""",
    es="""todavía no, aún no, mantener, mantén, dejar abierto, deja abierto, ~deja, ~abierta, ~abierto, ~déjala,
        sigue abierto, olvídalo, no importa, déjalo, conservar, conserva, cancelar, cancela, pendiente, en ello,
        estoy en ello, quédate con""",
    fr="""pas encore, garder, garde, laisser ouvert, laisse ouvert, laisse tomber, peu importe, encore ouvert,
        annule ça, laisse, en cours, tant pis, je men occupe, conserver, conserve""",
    ja="""まだ, まだです, 残す, 残して, 残しておいて, キープ, 消さないで, 削除しないで, 閉じないで, 保持,
        やっぱりいい, なんでもない, キャンセル, そのまま, 対応中""",
)
def keep(order: Order) -> Told:
    if not order.named:
        return Told((f"All right: nothing is {DENIED.get(order.clause.argument, 'changed')}.",))
    kept = [named for named in order.named if named.is_open]
    lines = [f"{labels(kept)} {'stays' if len(kept) == 1 else 'stay'} open."] if kept else []
    closed = [named for named in order.named if not named.is_open]
    lines += [f"{named.label} is already {state(named)}; undo takes back what you said last." for named in closed]
    return Told(tuple(lines))


DENIED = {"stop": "stopped", "pause": "paused", "start": "started", "undo": "undone"}
