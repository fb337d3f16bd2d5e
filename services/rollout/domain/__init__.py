"""How a change travels. Pure: no clock, no I/O, no randomness.

    PROPOSED ─▶ OFFLINE ─▶ AWAITING_APPROVAL ─▶ CANARY 1 … n ─▶ FULL
                   └▶ REJECTED        HELD ◀─┐       └───────────┴▶ ROLLED_BACK

What it rests on, and why nothing fails open:

  * a gate decision counts only while it names the release's present phase, stage and version, so a repeated or
    stale PASS does nothing, and a right one that was late is said again to the new version;
  * an alarm acts at once, in every phase, and is remembered by its release, also when it comes first;
  * an approval counts for one digest of the diff and one offline decision;
  * each live release owns its users alone, so two changes never meet in one user;
  * whatever happens is a transition with its causes, and a record in the audit chain, in the same step.

    desk       what is remembered of a use case, and one step's work on it
    proposal   which changes can be released at all, and under which gate
    travel     where each event takes a release
"""

from services.rollout.domain.desk import ENDED, ENDED_KEPT, UseCase, standing
from services.rollout.domain.proposal import release_id, tier
from services.rollout.domain.travel import decide, wake, wakes_at

__all__ = ["ENDED", "ENDED_KEPT", "UseCase", "decide", "release_id", "standing", "tier", "wake", "wakes_at"]
