"""What detection judges. Pure: no clock, no I/O, no randomness.

evidence   what one event shows by itself: signals and alarms, at once
session    what the order of a conversation shows, once the lateness has passed
outcomes   what a run comes to, measured at each horizon of its use case
cause      what makes two signals the same problem
"""
