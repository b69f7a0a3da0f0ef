r"""What the owner can say, and what it does: text -> Answer(reply, entries). Nothing is done here, only said.

message -> language: clauses -> meant: their items -> a command each -> one reply, and entries for all or none
\_ unclear          \_ unknown, several      \_ impossible
all three are asked back: nothing changes, a yes or the name of an item completes it

answering  the way above                 items    done, later, no, yes, why, note, mute, unmute, keep
meant      which items are meant         itself   list, more, goals, data, status, pause, stop, start, undo, help
registry   what a command is             people   who, circle, focus, forget
view       what an answer depends on     missed   missed
what_came  the answer to that question   outcomes won, nothing, talking, working
                                         reports  report
"""

from bot.commands.answering import answer, grammar, links_asked_about
from bot.commands.registry import COMMANDS
from bot.commands.view import Answer, Status, View

__all__ = ["COMMANDS", "Answer", "Status", "View", "answer", "grammar", "links_asked_about"]
