"""What the owner's words mean: text -> clauses. Nothing is known here of what a command does, or which items there are.

    text ── tokens ──► words ── pieces ──► commands, items, times, talk ── phrases ──► clauses, or what is unclear
                                words                                      clauses     one stretch of pieces, read
                                times ◄── time_words                       remarks     "note 2: …"
                                                                           slips       near misses
    a clause's time ── when ──► the moment meant

Five languages stand in the tables (words, time_words) and beside each command; a new word goes into its line.
"""
