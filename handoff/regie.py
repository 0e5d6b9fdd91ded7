"""Several problems at once: which teams a citizen's life touches, so that they can read along with who helps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from handoff.detection import Reason
from handoff.vocabulary import Team

_WORDS: Mapping[Team, str] = MappingProxyType(
    {
        Team.WONEN: """
            huis woning huur huurachterstand hypotheek huisbaas verhuurder woningbouw urgentie ontruiming ontruimd
        """,
        Team.SOCIAAL_WIJKTEAM: """
            schuld schulden uitkering bijstand inkomen deurwaarder beslag scheiding scheiden gescheiden alimentatie
            voogdij jeugdhulp jeugdzorg ziek dementie beperking wmo mantelzorg thuiszorg burnout psychisch ggz opvang
        """,
        Team.BELASTINGEN: "aanslag kwijtschelding gemeentebelasting woz ozb afvalstoffenheffing",
        Team.PUBLIEKSBALIE: """
            paspoort verblijfsvergunning uitgeschreven adresonderzoek briefadres inschrijven nationaliteit
        """,
    }
)
"""Words that name a part of life that a team answers for. Work and law have no team of their own."""
_REASONS: Mapping[Reason, Team] = MappingProxyType(
    {
        Reason.HOMELESSNESS: Team.WONEN,
        Reason.CUTOFF: Team.WONEN,
        Reason.DEBT: Team.SOCIAAL_WIJKTEAM,
        Reason.SUICIDE: Team.SOCIAAL_WIJKTEAM,
        Reason.ABUSE: Team.SOCIAAL_WIJKTEAM,
        Reason.VULNERABILITY: Team.SOCIAAL_WIJKTEAM,
    }
)


def touched(reasons: Iterable[Reason], texts: Iterable[str]) -> frozenset[str]:
    """Every team that these reasons, and what the citizen wrote, have to do with."""
    said = {word for text in texts for word in re.findall(r"\w+", text.lower())}
    by_word = {str(team) for team, words in _WORDS.items() if not said.isdisjoint(words.split())}
    return frozenset(by_word | {str(_REASONS[one]) for one in reasons if one in _REASONS})
