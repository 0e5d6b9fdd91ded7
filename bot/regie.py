"""Several domains of life at once: one team has the case, the others that her life touches may read along (`regie`)."""

from __future__ import annotations

from bot import teams
from bot.desk import Desk
from bot.moment import Moment
from handoff.cases import NewCase
from handoff.detection import Reason
from handoff.regie import touched
from handoff.vocabulary import Sender


def also_for(desk: Desk, moment: Moment, new: NewCase) -> tuple[str, ...]:
    """The other teams of a case with several domains of life; none where there is one domain."""
    if Reason.COMPLEXITY not in new.assessment.reasons:
        return ()
    where = desk.municipality(moment.conversation.municipality)
    said = [one for one in moment.history if one.sender == Sender.CITIZEN]
    topics = {(one.understood or {}).get("topic") for one in said}
    by_topic = {teams.team_for_topic(desk.content, where, topic) for topic in topics}
    by_domain = touched(new.assessment.reasons, (one.text for one in said))
    return tuple(sorted({*by_domain, *filter(None, by_topic)} - {new.team}))
