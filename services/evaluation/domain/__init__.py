"""How evaluation judges. Pure: no clock, no I/O, no randomness.

    units     outcomes to counts: one unit per user and stage, one pair per offline example
    counts    what a gate has counted, and the evidence in it
    gates     the verdict on a release, and when it is said

and the statistics, which know of no release:

    betting   evidence from two arms
    pairs     evidence from paired runs
    split     evidence of a wrong split
"""
