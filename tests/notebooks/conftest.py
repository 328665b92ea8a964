"""What each notebook costs, printed as a table after the tests."""

TABLE = "notebook_cost"


def pytest_terminal_summary(terminalreporter):
    rows = [
        value
        for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
        for name, value in getattr(report, "user_properties", [])
        if name == TABLE
    ]
    if rows:
        terminalreporter.section("time and memory of the notebooks")
        for row in sorted(rows):
            terminalreporter.write_line(row)
