"""The queue in Cimba, a simulator in C that compiles models written in Python; imported where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cimba
from cimba import inputs

SERVERS = 5


class Servers(cimba.Model):
    """Customers wait as units of a container, and processes serve them: as Cimba's manual shows a queue."""

    gap: cimba.Input[float]
    service: cimba.Input[float]
    queue: cimba.Container
    done: cimba.Container
    mean_queue: cimba.Output[float]
    served: cimba.Output[float]

    @cimba.process
    def arrivals(self) -> None:
        """One customer after the other."""
        while True:
            cimba.hold(self.gap.next())
            self.queue.put(1)

    @cimba.process(copies=SERVERS)
    def server(self) -> None:
        """Serve whoever is first; services are drawn in the order in which they begin, which is that of arrival."""
        while True:
            self.queue.get(1)
            cimba.hold(self.service.next())
            self.done.put(1)

    @cimba.on_end
    def measure(self) -> None:
        """What is asked of every program."""
        self.mean_queue = self.queue.mean_level()
        self.served = self.done.level()


def program(gaps: Sequence[float], services: Sequence[float], horizon: float) -> Callable[[], tuple[int, float]]:
    """Plays the queue in one thread; gaps, services and horizon in days."""
    model = Servers()
    model.gap = inputs.trace([*gaps, 2.0 * horizon])
    model.service = inputs.trace(services)
    experiment = cimba.Experiment(model, window=cimba.Window(duration=horizon))

    def play() -> tuple[int, float]:
        found = experiment.run(workers=1)[model]
        return int(found.served.values.item()), float(found.mean_queue.values.item()) * horizon

    return play
