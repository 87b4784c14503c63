"""The South Sumatra example: the partners as they publicly are, the Rakorda of 7 March 2017, and a current cycle.

Everything that is not a public fact is marked "contoh". The current cycle lies around the day on which it is loaded, so
that it looks like a working Tuesday whenever that is. The loader uses the services of the features, with the clock set
back, so the example's history is the history that real work would have left.
"""
