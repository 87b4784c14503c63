"""The Beranda: what is late, what waits for me, what changed. Numbers are tallies, lists have a limit, nothing writes.

`numbers` (the counts on top), `liaison` (what a partner has to report), `office` (what waits for the secretariat, late
per partner), `agenda` (the next and the last meeting), `charts` (kept for a minute), `start` (a fresh office).
"""

from kbpartners.dashboard.service.agenda import LastMeeting, NextMeeting, last_meeting, next_meeting
from kbpartners.dashboard.service.charts import Charts, charts
from kbpartners.dashboard.service.liaison import Item, Mine, mine, to_do, whatsapp_text
from kbpartners.dashboard.service.numbers import Count, Numbers, numbers
from kbpartners.dashboard.service.office import LatePartner, Silent, late_partners, silent, waiting
from kbpartners.dashboard.service.start import Step, first_steps

__all__ = [
    "Charts",
    "Count",
    "Item",
    "LastMeeting",
    "LatePartner",
    "Mine",
    "NextMeeting",
    "Numbers",
    "Silent",
    "Step",
    "charts",
    "first_steps",
    "last_meeting",
    "late_partners",
    "mine",
    "next_meeting",
    "numbers",
    "silent",
    "to_do",
    "waiting",
    "whatsapp_text",
]
