"""A signal that asks a job to stop, heeded where the work can be taken up again."""

import signal
import threading

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequest:
    """Whether SIGTERM or Ctrl-C came while the block ran: `asked` names it. A second one ends the process at once.

    Outside of the main thread, where Python hears no signals, nothing is ever asked.
    """

    def __init__(self):
        self.asked: str | None = None
        self._before: dict = {}

    def __enter__(self) -> "StopRequest":
        if threading.current_thread() is threading.main_thread():
            heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]  # not under nohup
            self._before = {number: signal.signal(number, self._note) for number in heard}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        self._before = {}

    def _note(self, number: int, frame: object) -> None:
        self.asked = signal.Signals(number).name
        self.__exit__()
