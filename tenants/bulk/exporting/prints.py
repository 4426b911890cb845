"""A list as PDF, for print and archive: a table with heads on every page and the taker's name."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from kit.pdf_font import font
from kit.web import Column
from tenants.bulk.exporting.rows import Row
from tenants.bulk.exporting.texts import written

_FAMILY = "list"
_LINE = 5.2
_MARGIN = 10


class Print:
    """A PDF that is written row by row."""

    def __init__(self, path: Path, columns: Sequence[Column], *, title: str, mark: str) -> None:
        self._path = path
        self._columns = columns
        self._pdf = _document(title, mark)
        self._widths = self._shares()
        self._pdf.head = self._head
        self._pdf.add_page()

    def _shares(self) -> list[float]:
        """Return a width for each column: what stands in it tells how much it needs."""
        wanted = [
            {"datetime": 17, "date": 10, "money": 10, "number": 8, "bool": 6}.get(column.kind, 14)
            for column in self._columns
        ]
        wide = self._pdf.w - 2 * _MARGIN
        return [wide * one / sum(wanted) for one in wanted]

    def _head(self) -> None:
        self._pdf.set_fill_color(238, 242, 243)
        self._line([str(column.label) for column in self._columns], fill=True)

    def add(self, row: Row) -> None:
        """Write one row."""
        self._line([_shown(value) for value in row])

    def _line(self, texts: Sequence[str], *, fill: bool = False) -> None:
        pdf = self._pdf
        if pdf.will_page_break(_LINE):
            pdf.add_page()
        for text, width, column in zip(texts, self._widths, self._columns, strict=True):
            align = "R" if column.placed == "end" and not fill else "L"
            pdf.cell(width, _LINE, _cut(pdf, text, width), border="B", align=align, fill=fill)
        pdf.ln(_LINE)

    def close(self) -> None:
        """Finish the file."""
        self._pdf.output(str(self._path))


def _shown(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, str):
        return " ".join(value.split())
    return written(value)


def _cut(pdf: Any, text: str, width: float) -> str:
    """Return as much of a text as fits; what is cut off shows by an ellipsis."""
    room = width - 2 * pdf.c_margin
    # A Chinese character is as wide as the font is high: most texts need no measuring.
    if len(text) * pdf.font_size <= room or pdf.get_string_width(text) <= room:
        return text
    while text and pdf.get_string_width(f"{text}…") > room:
        text = text[: max(0, min(len(text) - 1, int(len(text) * 0.9)))]
    return f"{text}…"


@lru_cache(maxsize=1)
def _class() -> Any:
    """Return our kind of document; the library is loaded only where a PDF is written."""
    from fpdf import FPDF

    class Document(FPDF):
        """Pages with the list's name, the mark across, the head of the table and a number."""

        title_text = ""
        mark = ""
        head: Any = None

        def header(self) -> None:
            self.set_font(_FAMILY, size=30)
            self.set_text_color(228, 232, 234)
            with self.rotation(28, self.w / 2, self.h / 2):
                self.text(self.w / 2 - self.get_string_width(self.mark) / 2, self.h / 2, self.mark)
            self.set_text_color(20, 30, 35)
            self.set_font(_FAMILY, size=11)
            self.cell(0, 7, self.title_text, new_x="LMARGIN", new_y="NEXT")
            self.set_font(_FAMILY, size=7)
            if self.head is not None:
                self.head()

        def footer(self) -> None:
            self.set_y(-9)
            self.set_font(_FAMILY, size=7)
            self.cell(0, 5, f"{self.mark}    {self.page_no()} / {{nb}}", align="C")
            self.set_font(_FAMILY, size=7)

    return Document


def _document(title: str, mark: str) -> Any:
    path, place = font()
    pdf = _class()(orientation="L", format="A4")
    pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
    pdf.set_auto_page_break(auto=False, margin=12)
    pdf.add_font(_FAMILY, "", path, collection_font_number=place)
    pdf.title_text, pdf.mark = title, mark
    pdf.set_title(title)
    pdf.set_author(mark)
    pdf.set_draw_color(220, 226, 228)
    return pdf
