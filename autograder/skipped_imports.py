"""Imported first by short-lived processes, to leave out an import that they have no use for."""

import sys

# jsonschema takes it for checking URIs where it is installed: 0.7 s, and a notebook has none.
sys.modules.setdefault("rfc3987_syntax", None)
