"""Finding: what one post is worth to its owner.

case.py        a post with its surroundings, and what its thread says
gate.py        what is never shown (phrases in gate.toml)
reading.py     what the text model saw, sentence by sentence (the model itself is bot/reader.py)
markers.py     turns of phrase (markers.toml); prototypes.toml: example sentences
speech.py      what one sentence does: opens, takes up, asks, knows, corrects
substance.py   how much a text says for its length
goals.py       which of the owner's goals it serves
scoring.py     the heads and their weights -> signals -> kind, strength, gist
ties.py        who they are to the owner and how the thread stands: counts only once it is learnt
learning.py    what the owner's answers teach: how much more or less each claim counts for this owner
gist.py        the words of theirs that are quoted
"""
