"""Known answers: what must come out whatever the numbers of a scenario, checked on any scenario.

    engines.py    both engines leave the same trace and the same counters; where they part, and in what state
    worlds.py     one world of a study at the cost of one, and dates on its clock
    generated.py  small worlds that turn every switch ; bare.py: everything off; axes.py: relabelled, prolonged
    relations/    what must follow when such a world is changed in a known way
    replay.py     any stored replication is played again and compared with what is stored

Nothing here has a tolerance, and nothing is compared with a stored number under a theoretical name.
"""
