"""Which languages a notebook's metadata name."""

from nbformat import NotebookNode

PLACES = (("language_info", "name"), ("kernelspec", "language"))


def other_languages(notebook: NotebookNode) -> list[str]:
    """The languages that are not Python, as they are written; [] where none is given.

    A kernel of any name counts as Python where no language is given. The metadata may hold
    anything.
    """
    found = []
    for key, name in PLACES:
        given = notebook.metadata.get(key)
        language = given.get(name) if isinstance(given, dict) else None
        if not isinstance(language, str) or not language.strip():
            continue
        if not language.lower().startswith(("python", "ipython")):
            found.append(language)
    return found
