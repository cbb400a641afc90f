"""The dataset page."""

from mer_core.ui import open_page

page = open_page("Dataset")
