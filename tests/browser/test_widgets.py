"""Every cell with controls of every notebook, in JupyterLab, by keyboard alone; then saved and opened again."""

import pytest
from browser.keyboard import PATHS, operate_and_reopen, short

from workshop.widgets import widget_cells

NOTEBOOKS = [name for name in PATHS if any(widget_cells(short(name)).values())]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_widgets_answer_the_keyboard_and_survive_saving(name, lab, page):
    operate_and_reopen(name, lab, page)


def test_there_is_something_to_operate():
    assert NOTEBOOKS
