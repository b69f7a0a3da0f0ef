"""Finding: what one post is worth to its owner.

case.py        a post with its surroundings, and what its thread says
gate.py        what is never shown (phrases in gate.toml)
reading.py     what the text model saw, sentence by sentence (the model itself is bot/reader.py)
markers.py     turns of phrase (markers.toml); prototypes.toml: example sentences
speech.py      what one sentence does: opens, takes up, asks, knows, corrects
substance.py   how much a text says for its length
goals.py       which of the owner's goals it serves
scoring.py     the heads and their weights -> signals -> kind, strength, gist
gist.py        the words of theirs that are quoted
"""
