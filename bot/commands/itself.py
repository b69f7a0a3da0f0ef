"""What the owner can ask the bot about itself, and tell it to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot import digest, report
from bot.commands.meant import to_do
from bot.commands.registry import COMMANDS, Asked, Command, Named, Order, Told, command, labels, state
from bot.digest import name as shown_name
from bot.finding.reading import LANGUAGES
from bot.finding.scoring import ALARM
from bot.language import when
from bot.language.tokens import listed
from bot.language.verbs import WEAK, Takes
from bot.ledger import OF_THE_BOT, State, counting, standings
from bot.models import Event, Health, LedgerEntry
from bot.text import clip, joined

MOST_AT_ONCE = 5


@command(
    usage="list",
    help="what is open; list 2 shows that one again",
    takes=Takes.ITEMS | Takes.ALONE,
    en="""ls, open items, whats open, what is open, whats left, what is left, what do i have, what have i got,
        whats up next, ~show, ~show me, ~open, ~link, ~links, ~see, what do you have, what do you have for me,
        what have you got, show list, what is still open, whats still open, show all, show everything, show open,
        open ones, my list, the list, everything open, overview, items, what is there, what remains,
        refresh my memory, whats on my plate, whats still on my plate, what is on my plate, whats there,
        whats waiting, what is waiting, inbox, queue, to do, to-do, agenda, summary, what was that again,
        what were they, repeat, resend, send again, send it again, list all, all items, list items, show items,
        what are they, what are the options, options left, url, ~go to, ~skip to, ~jump to, ~back to,
        which are still open, which ones are still open, which are open, which ones are open, is that all,
        is that it, where was i, whats pending, what is pending, recap, show me the list, show me whats open,
        show me everything, give me the list""",
    de="""liste, auflisten, was ist offen, was ist noch offen, welche sind noch offen, welche sind offen,
        was liegt noch an, was steht noch an, offene, offenes, zeig alle, zeig alles, übersicht, was steht an,
        was gibts, zeig liste, zeig mir die liste, was liegt an, was habe ich, zeige alle""",
    es="""lista, listar, qué hay, qué queda, qué tengo, ver todo, ver lista, muestra todo, mostrar todo,
        pendientes, muéstrame la lista, la lista""",
    fr="""liste, lister, quoi douvert, quest-ce qui reste, que reste-t-il, montre tout, voir tout,
        montre la liste, la liste, récap, récapitulatif""",
    ja="""一覧, リスト, 一覧を見せて, 見せて, 何がある, 残っているもの, 残ってるの, 残ってるのは, まだ残ってる,
        まだある, 残りは何, 表示, 全部見せて, 一覧表示, リストを見せて""",
    signs="📋, 📃",
)
def list_(order: Order) -> Told:
    if closed := [named for named in order.named if not named.is_open]:
        return Told(tuple(f"{named.label} is already {state(named)}." for named in closed))
    if order.named:
        return _listed(order, order.named, ())
    open_ones = [Named(n, item) for n, item in sorted(order.view.items.items()) if item.standing.is_open]
    postponed = [named for named in open_ones if named.item.standing.state is State.LATER]
    shown = [named for named in open_ones if named not in postponed]
    if not open_ones:
        return Told((f"Nothing is open. {_waiting(order)}".strip(),))
    return _listed(order, shown, postponed)


def _waiting(order: Order) -> str:
    return "more shows what came next." if order.view.waiting else ""


def _listed(order: Order, shown: Sequence[Named], postponed: Sequence[Named]) -> Told:
    """Every item in full if they fit, with short quotations if not; at last only names for those that do not."""
    returns = [f"{named.label} ({_return_day(order, named)})" for named in postponed]
    for count in range(len(shown), -1, -1):
        rest = [f"Also open: {', '.join(named.label for named in shown[count:])}."] if count < len(shown) else []
        later = [f"Later: {', '.join(returns)}."] if returns else []
        for length in digest.GIST_LENGTHS:
            items = [
                line
                for named in shown[:count]
                for line in digest.lines(named.number, named.item, order.view.now, length)
            ]
            lines = (*items, *rest, *later)
            if order.view.fits("\n".join(lines)):
                return Told(lines, numbers={n.number: n.id for n in shown if n.number is not None})
    return Told((f"{len(shown) + len(postponed)} are open; say list 1 and so on to see each.",))


def _return_day(order: Order, named: Named) -> str:
    until = named.item.standing.until
    return digest.day(order.view.list_from(until), order.view.zone) if until else "later"


@command(
    usage="more",
    help="the next ones",
    en="""next, next ones, the next, more items, show more, show me more, moar, see more, give me more, ~any more,
        anything else, anything more, what else, whats next, what is next, others too, keep going, go on with,
        ~continue, ~further, more like that one, more of them, something else, next please, ~another, another one,
        more opportunities, is there more, are there more, got more, got any more, the rest of the list,
        show the rest, show me the rest, show others, show me others, show me some others, load more, next page,
        anything new, whats new, what is new, ~news, ~anything, any news, something new, got anything,
        got something, got anything for me, new ones""",
    de="""mehr, weitere, noch mehr, was noch, sonst noch was, noch was, noch etwas, sonst noch etwas, weiter,
        nächste bitte, zeig mehr, zeig die nächsten, zeig mir die nächsten, nächste, weitere bitte, gibt es mehr,
        mehr zeigen, gibts was neues, was gibts neues""",
    es="""más, siguiente, siguientes, qué más, hay más, algo más, muestra más, ver más, otros más, continúa,
        continuar, novedades""",
    fr="""plus, encore, la suite, suite, suivant, suivants, quoi dautre, autre chose, voir plus, montre plus,
        continuer, continue, du nouveau""",
    ja="""もっと, 続き, つづき, 他には, ほかには, 次, 次は, もっと見せて, 次を見せて, 次のを見せて, 次の,
        ほかにある, 新しいのは""",
    signs="➡, ⏭, ▶▶, ⏩",
)
def more(order: Order) -> Told:
    waiting = list(zip(order.view.free_numbers, order.view.waiting, strict=False))[:MOST_AT_ONCE]
    for count in range(len(waiting), 0, -1):
        for length in digest.GIST_LENGTHS:
            numbered = dict(waiting[:count])
            more_left = len(order.view.waiting) > count
            lines = [
                line for number, item in numbered.items() for line in digest.lines(number, item, order.view.now, length)
            ]
            lines += ["", digest.commands(list(numbered), more=more_left)]
            if order.view.fits("\n".join(lines)):
                return _now_shown(order, lines, [Named(number, item) for number, item in numbered.items()])
    open_ones = to_do(Named(number, item) for number, item in order.view.items.items())
    return Told((f"That was all. Open: {labels(open_ones)}." if open_ones else "That was all; nothing is open.",))


def _now_shown(order: Order, lines: Iterable[str], named: Sequence[Named]) -> Told:
    entries = tuple(order.entry(Event.SHOWN, each, number=each.number) for each in named)
    return Told(tuple(lines), entries, {each.number: each.id for each in named if each.number is not None})


@command(
    usage="goals",
    help="what I look for",
    en="""goal, my goals, what are my goals, show goals, what do you look for, what are you looking for,
        what do you want, what am i looking for, aims""",
    de="ziele, meine ziele, wonach suchst du",
    es="objetivos, mis objetivos, metas, mis metas",
    fr="objectifs, mes objectifs, buts",
    ja="目標, 目的, ゴール",
    signs="🎯",
)
def goals(order: Order) -> Told:
    if not order.view.goals:
        return Told(("No goals are set; they stand in the config file.",))
    for length in WANTS_SHOWN:
        lines = (*(_goal(order, at, length) for at in range(len(order.view.goals))), "Goals stand in the config file.")
        if order.view.fits("\n".join(lines)):
            break
    return Told(lines)


WANTS_SHOWN = (120, 80, 40, 0)
"""Tried from the first until it fits."""


def _goal(order: Order, at: int, length: int) -> str:
    goal = order.view.goals[at]
    until = f", until {goal.until.day} {goal.until:%b %Y}" if goal.until else ""
    first = ", first now" if order.view.controls.first_goal(order.view.now) == goal.name else ""
    want = f" {clip(goal.want, length)}" if length else ""
    return f"{goal.name} (weight {goal.weight}{until}{first}):{want} {_yield(order, goal.name)}"


def _yield(order: Order, goal: str) -> str:
    """What a goal has brought: found, acted on, what came of it; and whether it starves."""
    everything = {**order.view.filed, **order.view.nameless}
    mine = {id_: item for id_, item in everything.items() if item.opportunity.judgement.goal == goal}
    sums = report.totals(report.Ledger(items=mine, entries=order.view.entries, months={}))
    found = [e.at for e in counting(order.view.entries) if e.event is Event.FOUND and e.opportunity in mine]
    begun = min((entry.at for entry in order.view.entries), default=order.view.now)
    starves = order.view.now - max([begun, *found]) > report.STARVES
    if not mine:
        return f"Found nothing in {report.STARVES.days} days." if starves else "Found nothing yet."
    told = f"Found {sums['found']}, acted on {sums['acted']}."
    nothing = f"Nothing found in {report.STARVES.days} days." if starves else ""
    return " ".join(filter(None, (told, report.came_of_it(sums), nothing)))


@command(
    usage="data",
    help="what is stored, and what never is",
    en="""my data, what do you store, what do you keep, what do you know, what do you know about me, privacy,
        stored, storage, what is stored, whats stored, what data, whats kept, what is kept, do you store, gdpr,
        show data, what do you save, what have you saved, what have you stored, what have you kept, what info,
        what information, which data, what do you remember""",
    de="""daten, meine daten, was speicherst du, datenschutz, was weisst du, was weißt du über mich,
        was ist gespeichert""",
    es="datos, mis datos, qué guardas, privacidad, qué sabes de mí",
    fr="données, mes données, que gardes-tu, confidentialité, vie privée, que sais-tu de moi",
    ja="データ, 保存, プライバシー, 何を保存している",
    signs="💾, 🗄",
)
def data(order: Order) -> Told:
    kept = joined(f"{count} {what}" for what, count in order.view.status.kept.items())
    return Told(
        (
            f"Kept, in one file on your machine: {kept}." if kept else "Nothing is kept yet.",
            "Of an open item: name, link, reasons and a short quotation, erased when it closes.",
            "Of a post: a one-way mark, to know copies by.",
            "Of a person: name, addresses, when you wrote to each other, for which goals, whom they talked with.",
            "Of whom you had me forget: a one-way mark.",
            "Of you: what you told me, what came of it, your notes.",
            "Never: what people wrote, followers, likes.",
        )
    )


@command(
    usage="status",
    help="how I am doing",
    en="""state, are you there, everything working, is everything working, is everything fine, everything ok,
        is everything ok, everything fine, everything okay, when will you send, when do you send, when will i get,
        when do i get, are you alive, alive, are you ok, are you okay, are you working, are you running,
        you there, still there, still alive, still running, how is it going, hows it going, health,
        is it working, stats, do you work, does this work, does it work, are you on, are you up, u there, version,
        when is the next list, when is the next one, when is the next digest, next digest, whats your status,
        what is your status, report status""",
    de="zustand, bist du da, läufst du, alles ok, lebst du noch, funktioniert alles",
    es="estado, estás ahí, funcionas, cómo vas, sigues ahí",
    fr="statut, état, tu es là, ça marche, es-tu là",
    ja="状態, ステータス, 動いてる, 動いていますか, 元気",
    signs="🩺, 📶",
)
def status(order: Order) -> Told:
    now = order.view.status
    return Told(
        (
            _mode(order),
            *(_network(order, health) for health in now.networks),
            f"Read today: {now.read_today} {'post' if now.read_today == 1 else 'posts'} to you.",
            _judges(understands_words=now.understands_words),
            *_quiet(now.alarm),
        )
    )


_MOVED = 0.1
"""A smaller step of the level nobody would notice."""


def _quiet(alarm: float) -> tuple[str, ...]:
    """What the owner's answers have made of the quiet days, once they have."""
    if abs(alarm - ALARM) < _MOVED:
        return ()
    more = "more" if alarm > ALARM else "less"
    return (f"By your answers, it takes {more} than at first to break a quiet day ({alarm:.1f}, was {ALARM:.1f}).",)


def _judges(*, understands_words: bool) -> str:
    languages = joined(LANGUAGES.values())
    if understands_words:
        return f"I judge by rules and by meaning in {languages}; in other languages by meaning alone."
    return f"The text model is missing: only rules judge, less well, and only in {languages}."


def _mode(order: Order) -> str:
    controls, now = order.view.controls, order.view.now
    if controls.halted:
        return f"Halted: {controls.halted} Say start when you have looked at it."
    if controls.is_stopped:
        return "Stopped, until you say start."
    if controls.paused_until and controls.paused_until > now:
        return f"Paused until {order.moment(controls.paused_until)}."
    return f"Running. {_next_list(order)}"


def _next_list(order: Order) -> str:
    at = order.view.status.next_digest_at
    return f"Next list {order.moment(at)}, if anything is worth it." if at else "Lists come when you say more."


def _network(order: Order, health: Health) -> str:
    read = f"last read {order.moment(health.read_at)}" if health.read_at else "not read yet"
    if health.trouble:
        return f"{health.network}: {clip(health.trouble.removeprefix(f'{health.network}: '), 100)}; {read}."
    return f"{health.network}: {read}."


DEFAULT_PAUSE = "1w"


@command(
    usage="pause 1w",
    help="no lists for so long; without a time a week",
    takes=Takes.TIME,
    en="""take a break, need a break, i need a break, break, take a rest, ~im off, ~i am off, quiet,
        be quiet, silent, silence, ~take, shut up, shush, hush, holiday, on holiday, vacation, on vacation,
        im away, ~away, travelling, im travelling, traveling, im traveling, im out, i am away, i am out,
        mute yourself, leave me alone, leave me in peace, do not disturb, dnd, no messages, no lists,
        give me a break, im on holiday, im on vacation, out of office, ooo, hold your messages, suspend,
        no digest, dont send me anything, dont send anything, hold all messages, hold messages, no digests,
        peace and quiet, stop until, stop till, stop for, rest for, go to sleep, ~sleep""",
    de="""pausiere, pausieren, mach pause, ruhe, urlaub, im urlaub, in den ferien, ferien, bin weg,
        bin verreist, verreist, abwesend, bin nicht da, auf reisen, lass mich in ruhe, sei still,
        keine nachrichten""",
    es="""pausa, pausar, descanso, vacaciones, de vacaciones, estoy fuera, estoy de viaje, de viaje, ausente,
        silencio, déjame en paz, descansa""",
    fr="""pause, vacances, en vacances, absent, absente, je suis absent, je suis absente, en congé,
        en congés, tais-toi, laisse-moi tranquille, mettre en pause""",
    ja="""一時停止, 不在, 不在です, 留守, 休暇, 休暇中, 休みです, お休み, お休みです, 旅行中, もう十分,
        十分です, もう十分です, 休止, 休み, 静かに, ポーズ, 休んで""",
    signs="⏸, 🤫, 🏖, 🏝",
)
def pause(order: Order) -> Told | Asked:
    try:
        until = when.moment(order.clause.argument or DEFAULT_PAUSE, order.view.now, order.view.zone, order.view.morning)
    except when.NoSuchMoment as problem:
        return Asked(f"{problem} Nothing is paused.")
    also = " I am stopped besides: start ends both." if order.view.controls.is_stopped else " start ends it sooner."
    return Told((f"Paused until {order.moment(until)}.{also}",), (order.entry(Event.PAUSE, until=until),))


@command(
    usage="stop",
    help="no more lists until you say start",
    needs_care=True,
    en="""unsubscribe, quit, stop it, stop that, stop this, stop all, stop everything, stop now, stop for now,
        enough, ~end, halt, exit, turn off, switch off, shut down, disable, deactivate, go away, stop sending,
        stop messaging me, opt out, cancel my subscription, cancel subscription, stop writing, stop bothering me,
        stop sending me, stop sending me messages, stop sending me lists, no more lists, no more messages,
        stop the lists, stop the messages, thats enough, cut it out, ~off""",
    de="stopp, anhalten, halt, aufhören, hör auf, schluss, abmelden, abbestellen, ausschalten, schalt ab, aus",
    es="""parar, ~para, pares, detener, detente, para ya, basta, alto, deja de enviar, darse de baja, apágate,
        cancelar suscripción""",
    fr="arrête, arrêter, arrêtez, stoppe, stopper, désabonner, assez, éteins-toi, ça suffit",
    ja="停止, 止めて, とめて, やめて, ストップ, 中止, 止まれ, 配信停止, 送らないで, もう送らないで",
    signs="🛑, ⏹, ✋, 🖐",
)
def stop(order: Order) -> Told:
    if order.view.controls.is_stopped:
        return Told(("I am stopped already. start ends it.",))
    return Told(("Stopped: no more lists until you say start. I still answer you.",), (order.entry(Event.STOP),))


@command(
    usage="start",
    help="lists again",
    en="""resume, unpause, un-pause, restart, ~go, start again, start up, wake up, im back, i am back,
        im back again, im home, back home, back again, turn on, turn yourself on, turn back on, switch back on,
        turn on again, turn yourself back on, switch on, begin, enable, activate, subscribe, continue sending,
        come back bot, back from holiday, back from vacation, unstop, on again, carry on, start sending,
        start please, please start, end pause, end the pause, stop the pause, stop pausing""",
    de="""starte, starten, weitermachen, mach weiter, anfangen, fang an, los, los gehts, wieder da,
        bin wieder da, bin zurück, bin wieder zurück, wieder zurück, aus dem urlaub zurück,
        zurück aus dem urlaub, aufwachen, einschalten""",
    es="""empezar, empieza, reanudar, reanuda, comenzar, comienza, iniciar, inicia, arranca, he vuelto,
        estoy de vuelta, ya estoy de vuelta, ya volví, despierta, activar, ya he vuelto, ya estoy aquí,
        de vuelta, ya regresé, he regresado""",
    fr="""démarrer, démarre, commencer, commence, reprendre, reprends, relancer, relance, je suis de retour,
        de retour, me revoilà, me voilà de retour, je suis revenu, je suis revenue, je suis rentré,
        je suis rentrée, réveille-toi, activer""",
    ja="""開始, 始めて, スタート, 再開, 再開して, 起きて, 戻った, 戻りました, 戻ってきました, 戻ってきた,
        帰ってきました, 帰りました, ただいま, 復帰""",
    signs="▶, 🟢",
)
def start(order: Order) -> Told:
    controls = order.view.controls
    is_paused = controls.paused_until is not None and controls.paused_until > order.view.now
    if not (controls.is_stopped or controls.halted or is_paused):
        return Told((f"I am running already. {_next_list(order)}",))
    return Told((f"Running again. {_next_list(order)}",), (order.entry(Event.START),))


@command(
    usage="undo",
    help="takes back what you said last; again goes one further back, redo brings it back",
    en="""revert, oops undo, take that back, take it back, take back, i take that back, i take it back, rollback,
        roll back, bring back what, undo that, undo it, undo this, undo last, undo the last, undo the last one,
        undo please, undo that last one, undo last one, undo my last, undo the last thing, undo what i said,
        go back, reverse, that was wrong, that was a mistake, my mistake, mistake, wrong number, wrong item,
        wrong one, i made a mistake, wrong button, reopen, re-open, reopen it, un-done, undone, undelete, restore,
        bring it back please, cancel that, cancel last, cancel the last, cancel the last one, i didnt mean that,
        didnt mean that, i didnt mean to, didnt mean to, not what i meant, thats not what i meant, ctrl z, ctrl+z,
        ctrl-z, unsend""",
    de="""rückgängig, rückgängig machen, mach rückgängig, mach das rückgängig, zurück, zurücknehmen, nimm zurück,
        nimm das zurück, widerrufen, das war falsch, vertan, hab mich vertan, falsch, war ein versehen, versehen,
        hups, stornieren""",
    es="""deshacer, deshaz, deshazlo, revertir, revierte, atrás, vuelve atrás, me equivoqué, fue un error, anular,
        anula, error""",
    fr="""annuler, annule, défaire, défais, revenir en arrière, retour, erreur, cétait une erreur,
        je me suis trompé, reviens en arrière""",
    ja="取り消し, 取消, 取り消して, 元に戻して, 元に戻す, 戻して, もどして, アンドゥ, 間違えた, 間違い, 取り消す",
    signs="↩, ⏪, 🔙, ↪, 🔄",
)
def undo(order: Order) -> Told:
    changes = _changes(entry for entry in counting(order.view.entries) if entry.cause != order.cause)
    if not changes:
        return Told(("There is nothing to take back.",))
    cause = list(changes)[-1]
    if any(entry.event is Event.FORGET for entry in changes[cause]):
        return Told(("What you said last was to forget somebody; that cannot be taken back.",))
    entries = (order.entry(Event.UNDO, undone=cause),)
    renumbered, again = _renumbered(order, entries)
    told = f"Taken back: {_spoken(order, changes[cause])}.{_lists(order, entries)} redo brings it back."
    return Told((told, *again), (*entries, *renumbered))


def _lists(order: Order, undoing: Sequence[LedgerEntry]) -> str:
    """What becomes of the lists by it, if it starts or ends them."""
    before, after = order.view.controls, order.view.after(undoing).controls
    if (before.is_stopped, before.halted, before.paused_until) == (after.is_stopped, after.halted, after.paused_until):
        return ""
    if after.is_stopped or after.halted:
        return " The lists are off until you say start."
    if after.paused_until and after.paused_until > order.view.now:
        return f" The lists are off until {order.moment(after.paused_until)}."
    return " The lists are on." if before.is_stopped or before.halted or before.paused_until else ""


@command(
    usage="redo",
    help="brings back what undo took",
    en="redo that, redo it, undo the undo, undo undo, put it back, bring that back",
    de="wiederherstellen, wiederholen",
    es="rehacer, rehaz",
    fr="rétablir, refaire",
    ja="やり直し, やり直して",
    signs="🔁, 🔂, ⤵",
)
def redo(order: Order) -> Told:
    """An undoing that is itself undone; only while the owner has changed nothing since."""
    undoing = _last_undoing(order.view.entries)
    if undoing is None:
        return Told(("There is nothing to bring back.",))
    undone = [entry for entry in order.view.entries if entry.cause == undoing.undone and _is_change(entry)]
    entries = (order.entry(Event.UNDO, undone=undoing.cause),)
    return Told((f"Back again: {_spoken(order, undone)}.{_lists(order, entries)}",), entries)


def _is_change(entry: LedgerEntry) -> bool:
    return entry.event not in OF_THE_BOT | {Event.ASKED, Event.UNDO}


def _changes(entries: Iterable[LedgerEntry]) -> dict[str, list[LedgerEntry]]:
    """What the owner changed, message by message."""
    found: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        if _is_change(entry):
            found.setdefault(entry.cause, []).append(entry)
    return found


def _last_undoing(entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    """Of those that count and took back a change (not another undoing), with no change since."""
    changes = {entry.cause for entry in entries if _is_change(entry)}
    undone: set[str] = set()
    for entry in reversed(entries):
        if entry.cause in undone:
            continue
        if entry.event is Event.UNDO:
            undone.add(entry.undone)
            if entry.undone in changes:
                return entry
        elif _is_change(entry):
            return None
    return None


def _renumbered(order: Order, undoing: tuple[LedgerEntry, ...]) -> tuple[list[LedgerEntry], list[str]]:
    """An item that is open again while another bears its number gets a new one."""
    before, after = standings(order.view.entries), standings([*order.view.entries, *undoing])
    taken = {s.number: id_ for id_, s in before.items() if s.is_open and s.number is not None}
    clashing = [
        id_
        for id_, s in after.items()
        if s.is_open and not before[id_].is_open and taken.get(s.number or 0, id_) != id_
    ]
    fresh = dict(zip(clashing, order.view.free_numbers, strict=False))
    entries = [
        LedgerEntry(at=order.view.now, event=Event.SHOWN, cause=order.cause, opportunity=id_, number=number)
        for id_, number in fresh.items()
    ]
    return entries, [f"#{id_} is now {number}." for id_, number in fresh.items()]


SPOKEN = {
    Event.DONE: "done",
    Event.NO: "dismissed",
    Event.LATER: "postponed",
    Event.YES: "more like it",
    Event.NOTE: "note",
    Event.MUTE: "mute",
    Event.UNMUTE: "unmute",
    Event.PAUSE: "pause",
    Event.STOP: "stop",
    Event.START: "start",
    Event.OUTCOME: "what came of",
    Event.FOCUS: "focus",
    Event.FORGET: "forget",
    Event.MISSED: "missed",
}


def _spoken(order: Order, entries: Iterable[LedgerEntry]) -> str:
    by_event: dict[Event, list[str]] = {}
    for entry in entries:
        by_event.setdefault(entry.event, []).extend(_subject(order, entry))
    return "; ".join(f"{SPOKEN[event]} {joined(who)}".strip() for event, who in by_event.items())


def _subject(order: Order, entry: LedgerEntry) -> list[str]:
    if entry.person:
        person = order.view.people.get(entry.person)
        return [shown_name(person.name) if person else "somebody"]
    if entry.opportunity is None:
        return []
    numbered = [Named(number, item) for number, item in order.view.items.items()]
    found = next((named for named in numbered if named.id == entry.opportunity), None)
    return [found.label if found else f"#{entry.opportunity}"]


@command(
    usage="help",
    help="this; help later tells more of one",
    takes=Takes.COMMAND,
    en="""commands, command list, what can you do, what else can you do, what can i do, what can i say,
        what can i type, how does this work, how do you work, how does it work, how to, how do i, how can i,
        how do you, how to use, usage, instructions, manual, what are my options, options, menu, info please,
        what now, what do i do, what should i do, i need help, help me, help please, pls help, hlp, guide,
        im lost, i am lost, im confused, confused, i dont understand, dont understand, i dont get it, huh, ~what,
        wat, who are you, what are you, what is this, whats this, what do you do, what does, how does,
        what does it mean, man, rtfm, syntax, how should i answer, how do i answer, what do i say""",
    de="""hilfe, hilf mir, befehle, was kannst du, was kannst du alles, wie geht das, wie funktioniert das,
        wie funktionierst du, ich verstehe nicht, verstehe ich nicht, anleitung, was kann ich sagen, was geht""",
    es="""ayuda, ayúdame, comandos, qué puedes hacer, cómo funciona, no entiendo, no lo entiendo, instrucciones,
        qué puedo decir, socorro, auxilio""",
    fr="""aide, aide-moi, commandes, que peux-tu faire, comment ça marche, je ne comprends pas, comprends pas,
        mode demploi, à laide, au secours""",
    ja="ヘルプ, 使い方, 助けて, 何ができる, コマンド, 使い方を教えて, 何ができますか, ヘルプお願い",
    signs="🆘, 🙋",
)
def help_(order: Order) -> Told:
    if order.clause.argument in COMMANDS:
        return Told(_help_with(COMMANDS[order.clause.argument]))
    return Told(_overview(order))


def _help_with(one: Command) -> tuple[str, ...]:
    words = [word for word in listed(one.verb.words["en"]) if not word.startswith(WEAK)][1:OTHER_WORDS]
    also = [f"Also: {', '.join([*words, *listed(one.verb.words['signs'])[:1]])}."]
    return (f"{one.usage}: {one.help}.", *also)


OTHER_WORDS = 7
IN_SHORT = ("done", "later", "no", "yes", "why")
INTRODUCTION = "Say it in your own words, several at once, like: done 1, later 2 fri, no 3 topic."


def _overview(order: Order) -> tuple[str, ...]:
    """Every command with what it does, if that fits; else the commonest, and the others by name."""
    for described in (tuple(COMMANDS), IN_SHORT, ()):
        lines = [INTRODUCTION, *(f"{COMMANDS[name].usage}: {COMMANDS[name].help}" for name in described)]
        others = [name for name in COMMANDS if name not in described]
        if others:
            lines.append(f"{'Also' if described else 'I know'}: {', '.join(others)}. help later tells more of one.")
        if order.view.fits("\n".join(lines)):
            return tuple(lines)
    return (INTRODUCTION,)
