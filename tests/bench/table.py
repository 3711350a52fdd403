"""The table of measures: ratios, their targets, and whether they are met. Standard library only."""

from collections.abc import Iterable
from dataclasses import dataclass

from meter import Cost

TITLES = ("Measure", "Compared", "User time", "Instructions", "Memory", "Target", "Result")


@dataclass(frozen=True)
class Row:
    """Ratios; None where that was not measured or is not what the measure is about."""

    measure: str
    compared: str
    seconds: float | None = None
    instructions: float | None = None
    memory: float | None = None
    target: float | None = None  # each of the ratios may be as high; None: the row is there to explain another

    @property
    def met(self) -> bool:
        ratios = [ratio for ratio in (self.seconds, self.instructions, self.memory) if ratio is not None]
        return self.target is None or all(ratio <= self.target for ratio in ratios)

    def cells(self) -> list[str]:
        ratios = [_written(ratio) for ratio in (self.seconds, self.instructions, self.memory)]
        result = "" if self.target is None else "met" if self.met else "MISSED"
        return [self.measure, self.compared, *ratios, _written(self.target), result]


def compared(measure: str, what: str, new: Cost, old: Cost, target: float | None = None) -> Row:
    """A row about time."""
    return Row(measure, what, ratio(new.seconds, old.seconds), ratio(new.instructions, old.instructions), target=target)


def ratio(new: float | None, old: float | None) -> float | None:
    """None also of what noise has made negative: captures that are too small for this machine."""
    return new / old if new is not None and old is not None and new > 0 and old > 0 else None


def _written(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3f}"


def text(rows: Iterable[Row]) -> str:
    lines = [list(TITLES), *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def markdown(rows: Iterable[Row]) -> str:
    lines = [list(TITLES), ["---"] * len(TITLES), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
