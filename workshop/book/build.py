"""One build of the book: its pages are gathered, Sphinx makes a site of them, and the old site gives way."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.cmd.build import build_main

from workshop import states
from workshop.book import pages
from workshop.lessons import ROOT, find_lessons

SITE = ROOT / "dist/book"
UNUSED = (".buildinfo", "objects.inv", "_static/**/*.map", "_static/**/fontawesome.js*", "_static/**/*macros.html")


def build(site: Path, numbers: Sequence[str] = ()) -> bool:
    """Build the book, and tell whether all went well; a warning is a mistake, after which the old site stays.

    Args:
        site: the folder of the site, replaced as a whole.
        numbers: only these lessons, such as `04b`, without the pages of the library; all if there are none.

    Raises:
        ValueError: if no lesson has one of the numbers.
    """
    lessons = find_lessons(ROOT, numbers)
    with TemporaryDirectory() as folder:
        gathered, made = Path(folder, "pages"), Path(folder, "site")
        pages.gather(gathered, lessons, with_library=not numbers)
        settings = ["-c", str(Path(__file__).parent), "-d", str(Path(folder, "doctrees"))]
        if build_main(["--quiet", "--fail-on-warning", *settings, str(gathered), str(made)]) != 0:
            return False
        for lesson in lessons:
            if (pictures := states.folder_of(lesson, ROOT)).exists():
                place = made / "_static/panels" / lesson.number
                shutil.copytree(pictures, place, ignore=shutil.ignore_patterns("*.json"))
        for unused in (file for pattern in UNUSED for file in made.glob(pattern) if file.is_file()):
            unused.unlink()
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(made, site)
    return True
