"""Authors' tools, which nobody who only reads the lessons needs: they run from the course's folder, not installed."""

import sys

# jsonschema, which nbformat brings along, would spend a second on a grammar of web addresses that nothing here checks.
sys.modules.setdefault("rfc3987_syntax", None)
