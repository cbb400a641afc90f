"""The overview page: what the workspace holds, how good its models are, and what to make next."""

from mer_core.ui import open_page

page = open_page("Overview")
