"""Skip a slow import that nothing here needs; short-lived processes import this first."""

import sys

# If installed, jsonschema imports it (0.7 s) to check URIs, and notebooks have none to check.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not found
