"""The names of the lines of cost, and the side each stands on."""

from __future__ import annotations

COST_LINES = (
    "security_spending", "host_forces", "escort_delay", "slow_down", "compensation", "direct_damage", "stoppage",
    "outlays_lost", "levers",
)  # fmt: skip

#: what a policy spends or brings about by being there, and what attacks bring about; together every line once
COST_SIDE = ("security_spending", "host_forces", "levers", "escort_delay", "slow_down", "compensation")
HARM_SIDE = ("direct_damage", "stoppage", "outlays_lost")
