"""The table of all points, as nbgrader names its columns."""

import inspect

from nbgrader.plugins.export import CsvExportPlugin

from autograder.grading.recording import nbgrader_export


def test_the_columns_are_those_of_nbgrader():
    source = inspect.getsource(CsvExportPlugin)
    places = [source.index(f'"{name}"') for name in nbgrader_export.COLUMNS]
    assert len(places) == 11 and places[-1] > 0
