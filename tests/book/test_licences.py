"""The page of licences has a row for everything that the course fetches, and each row a licence."""

from lessons_lib import assets
from workshop.book import licences


def test_each_asset_stands_there_with_its_licence():
    rows = [line.split(" | ") for line in licences.page(assets.available()).splitlines() if line.startswith("| ")][1:]
    assert [(row[0].removeprefix("| "), row[1]) for row in rows] == [(a.title, a.licence) for a in assets.available()]
    assert all(len(each.licence) > 2 for each in assets.available())
