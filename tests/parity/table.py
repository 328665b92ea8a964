"""How far each family is from transformers, printed as a table after the tests."""

TABLE = "largest_difference"
COUNT = "decoders_opened"
STEPPED = "decoders_stepped"
COLUMNS = ("whole", "padded", "cached", "compiled", "float32 in steps", "bfloat16 in steps", "bfloat16")


def pytest_terminal_summary(terminalreporter):
    """Print the table, if a test filled it: pytest finds this in `tests/conftest.py`, which any run reads."""
    for report in terminalreporter.stats.get("passed", []):
        for _, (opened, left_out) in (pair for pair in getattr(report, "user_properties", []) if pair[0] == COUNT):
            terminalreporter.section("decoders of transformers")
            total = len(opened) + len(left_out)
            terminalreporter.write_line(f"{len(opened)} of {total} open: {' '.join(sorted(opened))}")
            for decoder, why in sorted(left_out.items()):
                terminalreporter.write_line(f"left out: {decoder:22} {why}")
    passed = terminalreporter.stats.get("passed", [])
    stepped = dict(
        value for report in passed for name, value in getattr(report, "user_properties", []) if name == STEPPED
    )
    if stepped:
        terminalreporter.section("the compiled step")
        taken = sum(why == "compiled" for why in stepped.values())
        terminalreporter.write_line(f"{taken} of {len(stepped)} small models of other families are taken")
        for decoder, why in sorted(stepped.items()):
            if why != "compiled":
                terminalreporter.write_line(f"steps aside: {decoder:22} {why}")
    families = {}
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, value in getattr(report, "user_properties", []):
            if name == TABLE:
                family, column, difference = value
                row = families.setdefault(family, {})
                row[column] = max(difference, row.get(column, 0.0))
    if not families:
        return
    terminalreporter.section("largest difference of a score from transformers")
    terminalreporter.write_line(" " * 20 + "".join(f"{column:>19}" for column in COLUMNS))
    for family, row in sorted(families.items()):
        cells = (f"{row[column]:.1e}" if column in row else "" for column in COLUMNS)
        terminalreporter.write_line(f"{family:20}" + "".join(f"{cell:>19}" for cell in cells))
