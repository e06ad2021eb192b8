"""What a worker counts: a row of numbers whose places have names (`families`).

    metrics.cells[REQUESTS["hit"]] += 1          a counter: under 0.1 µs, no lock, no formatting
    metrics.observe(STAGES["render"], seconds)   a histogram

Between `open` and `close` the row lies where all workers of the node can read it (`sharing`), so whichever of them is asked
adds up all rows; `exposition` writes them for Prometheus.  A worker writes into its own row only and from its event loop only.
Nothing here may ever fail or delay what is being counted.
"""

from bisect import bisect_left
from pathlib import Path

import structlog

from imgproxy.metrics import sharing
from imgproxy.metrics.families import BOUNDS_S, CELLS, HISTOGRAM_CELLS

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Metrics:
    """The numbers of this worker; without a `folder` nobody else sees them."""

    def __init__(self, folder: Path | None = None) -> None:
        self.cells: sharing.Cells = [0.0] * CELLS
        self._folder = folder
        self._row: sharing.Row | None = None

    def open(self) -> None:
        """Goes on with the numbers of a worker that is gone; without a place for them as before, with a log line."""
        if self._folder is None:
            return
        try:
            self._row = sharing.take(self._folder)
            self.cells = self._row.cells
        except OSError as error:
            _log.warning("metrics are not shared among workers", errno=error.errno)

    def close(self) -> None:
        """Leaves the numbers to the next worker."""
        if self._row is not None:
            self.cells = list(self.cells)
            self._row.close()
            self._row = None

    def observe(self, first: int, seconds: float) -> None:
        """Counts one duration in the histogram that begins at `first`."""
        self.cells[first + bisect_left(BOUNDS_S, seconds)] += 1
        self.cells[first + HISTOGRAM_CELLS - 1] += seconds

    def total(self) -> list[float]:
        """The rows of all workers of the node added up, gauges of the living ones only."""
        if self._row is None or self._folder is None:
            return list(self.cells)
        return sharing.total(self._folder)
