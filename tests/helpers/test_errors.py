from helpers.errors import CourseError


def test_a_notebook_shows_the_sentence_alone():
    error = CourseError("the file x is missing: put it there.")
    assert error._render_traceback_() == ["CourseError: the file x is missing: put it there."]
