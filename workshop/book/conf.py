"""Sphinx's settings for the web book; what a name means stands in Sphinx's, myst-nb's and the theme's own pages."""

from pathlib import Path

from workshop import source
from workshop.book import site

project = "LLMs from the Ground Up"
author = "The maintainers of LLMs from the Ground Up"
project_copyright = "Code under the MIT licence, text under CC BY 4.0"
language = "en"
html_title = project

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "lessons_lib.classroom.panels.bundle.anchor"
html_math_renderer = "mathml"

napoleon_use_ivar = True  # a class lists its attributes in one place
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
add_module_names = False
default_role = "code"  # docstrings hold `names` in backticks

_HERE = Path(__file__).parent
html_theme = "sphinx_book_theme"
html_theme_options = {
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "use_download_button": True,
    "use_fullscreen_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
if source.repository():  # until the course is published, its buttons would lead nowhere
    html_theme_options |= {"repository_url": source.repository(), "repository_branch": source.release()}
    html_theme_options["launch_buttons"] = {
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
        "notebook_interface": "jupyterlab",
    }
html_context = {"default_mode": "auto"}
html_sidebars = {"**": ["home.html", "search-button-field.html", "sbt-sidebar-nav.html"]}
templates_path = [str(_HERE / "templates")]
html_static_path = [str(_HERE / "style")]
html_css_files = ["book.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("book.js", "panels.js")]
html_use_index = False
html_show_sphinx = False


def setup(app):
    """Connect what the book does on its own."""
    site.connect(app)
