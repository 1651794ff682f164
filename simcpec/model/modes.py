"""The values of the structural switches, as the small integers that both engines compare.

One enumeration a switch: its members are the words of a scenario file (section 6 of the model), the first of one that
can be off is OFF.  The constants behind each are the numbers of its members, as plain integers for compiled code.
"""

from __future__ import annotations

from enum import auto

from simcpec.model.codes import Code, names_of


class AttemptProcess(Code):
    """How attempts arrive."""

    PLOTS = auto()
    POISSON = auto()
    NEGBIN = auto()


ATTEMPTS = names_of(AttemptProcess)
PLOTS = AttemptProcess.PLOTS.value
POISSON = AttemptProcess.POISSON.value
NEGBIN = AttemptProcess.NEGBIN.value


class InitialPlots(Code):
    """Plots in preparation at the start."""

    EMPTY = auto()
    STEADY = auto()
    GIVEN = auto()


INITIAL = names_of(InitialPlots)
EMPTY = InitialPlots.EMPTY.value
STEADY = InitialPlots.STEADY.value
GIVEN = InitialPlots.GIVEN.value


class IncidentBasis(Code):
    """What counts as an incident."""

    ATTACK = auto()
    BREACH = auto()


BASIS = names_of(IncidentBasis)
BY_ATTACK = IncidentBasis.ATTACK.value
BY_BREACH = IncidentBasis.BREACH.value


class DisplacementRule(Code):
    """How plots choose their target."""

    OFF = auto()
    LOGIT = auto()
    ADAPTIVE = auto()


DISPLACEMENT = names_of(DisplacementRule)
STAY = DisplacementRule.OFF.value
LOGIT = DisplacementRule.LOGIT.value
ADAPTIVE = DisplacementRule.ADAPTIVE.value


class DetectionMode(Code):
    """How plots are found."""

    OFF = auto()
    SEARCH = auto()
    LEADS = auto()
    BERNOULLI = auto()


DETECTION = names_of(DetectionMode)
UNFOUND = DetectionMode.OFF.value
SEARCH = DetectionMode.SEARCH.value
LEADS = DetectionMode.LEADS.value
BERNOULLI = DetectionMode.BERNOULLI.value


class FoundPlot(Code):
    """What a plot does that was found and waits for a team, or is worked on."""

    MAY_ATTACK = auto()
    HELD = auto()


FOUND_PLOT = names_of(FoundPlot)
HELD = FoundPlot.HELD.value


class LeadPriority(Code):
    """Which lead a free team takes first."""

    PLOTS_FIRST = auto()
    FIFO = auto()


PRIORITY = names_of(LeadPriority)
PLOTS_FIRST = LeadPriority.PLOTS_FIRST.value
FIFO = LeadPriority.FIFO.value


class NetworkModel(Code):
    """How the stock of militants moves."""

    OFF = auto()
    LINEAR = auto()
    LOGISTIC = auto()
    FIRE_WATER = auto()


NETWORK = names_of(NetworkModel)
FIXED = NetworkModel.OFF.value
LINEAR = NetworkModel.LINEAR.value
LOGISTIC = NetworkModel.LOGISTIC.value
FIRE_WATER = NetworkModel.FIRE_WATER.value


class ProcedureRefresh(Code):
    """When procedures are refreshed."""

    OFF = auto()
    PERIODIC = auto()
    REACTIVE = auto()
    BOTH = auto()


SOP = names_of(ProcedureRefresh)
NO_SOP = ProcedureRefresh.OFF.value
PERIODIC = ProcedureRefresh.PERIODIC.value
REACTIVE = ProcedureRefresh.REACTIVE.value
BOTH = ProcedureRefresh.BOTH.value


class EscortMode(Code):
    """What a movement does for which no escort is free."""

    OFF = auto()
    WAIT = auto()
    LOSS = auto()
    ALONE = auto()
    QUIT = auto()


ESCORT = names_of(EscortMode)
NO_ESCORT = EscortMode.OFF.value
WAIT = EscortMode.WAIT.value
LOSS = EscortMode.LOSS.value
ALONE = EscortMode.ALONE.value
QUIT = EscortMode.QUIT.value


class MovementSource(Code):
    """Where movements come from."""

    POISSON = auto()
    FINITE = auto()


SOURCE = names_of(MovementSource)
ENDLESS = MovementSource.POISSON.value
FINITE = MovementSource.FINITE.value


class SeverityLaw(Code):
    """The law of deaths of a breach."""

    NONE = auto()
    LOGNORMAL = auto()
    HURDLE_LOGNORMAL = auto()
    POWER = auto()
    SPLICED = auto()
    EMPIRICAL = auto()
    DISCRETE_POWER = auto()


SEVERITY = names_of(SeverityLaw)
HARMLESS = SeverityLaw.NONE.value
LOGNORMAL = SeverityLaw.LOGNORMAL.value
HURDLE = SeverityLaw.HURDLE_LOGNORMAL.value
POWER = SeverityLaw.POWER.value
SPLICED = SeverityLaw.SPLICED.value
EMPIRICAL = SeverityLaw.EMPIRICAL.value
DISCRETE_POWER = SeverityLaw.DISCRETE_POWER.value


class SecurityInstrument(Code):
    """What a security budget buys."""

    GUARDS = auto()
    OPERATIONS = auto()
    INTELLIGENCE = auto()
    SURVEILLANCE = auto()
    ESCORTS = auto()
    HARDENING = auto()
    PROCEDURES = auto()


INSTRUMENTS = names_of(SecurityInstrument)
GUARDS = SecurityInstrument.GUARDS.value
OPERATIONS = SecurityInstrument.OPERATIONS.value
INTELLIGENCE = SecurityInstrument.INTELLIGENCE.value
SURVEILLANCE = SecurityInstrument.SURVEILLANCE.value
ESCORTS = SecurityInstrument.ESCORTS.value
HARDENING = SecurityInstrument.HARDENING.value
PROCEDURES = SecurityInstrument.PROCEDURES.value


class ProtectionLayer(Code):
    """What stands between an attack and a breach."""

    ROUTE = auto()
    GUARD = auto()
    HARDENING = auto()


LAYERS = names_of(ProtectionLayer)
ROUTE = ProtectionLayer.ROUTE.value
GUARD = ProtectionLayer.GUARD.value
HARDENING_LAYER = ProtectionLayer.HARDENING.value

#: the instrument whose units strengthen each layer
INSTRUMENT_OF_LAYER = (SURVEILLANCE, GUARDS, HARDENING)


#: armed groups that a world can have
GROUPS = 6
#: modes of attack that a world can have at most
MOST_ATTACK_MODES = 8


class AttackSetting(Code):
    """Where persons can be attacked, in the order of every scenario; in MOVEMENT the guard layer is the escort."""

    SITE = auto()
    MOVEMENT = auto()
    RESIDENCE = auto()


SETTINGS = names_of(AttackSetting)
SITE = AttackSetting.SITE.value
MOVEMENT = AttackSetting.MOVEMENT.value
RESIDENCE = AttackSetting.RESIDENCE.value
