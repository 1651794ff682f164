"""Does the model respond as the literature says?  Changes of one scenario, paired, against published ranges.

Each response changes one thing of a scenario and simulates it again with the same random numbers.  An elasticity is
ln(after / before) / ln(factor) of a rate; an effect is the change of a rate in per cent.  Breaches are conditional
means.  Where sources disagree, each is a world of its own row, and where no figure is published the row says so.
"""
