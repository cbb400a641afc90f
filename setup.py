"""Puts the app's files (streamlit_app.py, pages/, .streamlit/) into the package, for `mer app` without a checkout; all
else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PAGES = sorted(f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py"))
APP_FILES = ("streamlit_app.py", ".streamlit/config.toml", *PAGES)


class BuildWithApp(build_py):
    """build_py, and a copy of the app's files in mer_core/app/site/."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:  # the checkout has them
            return
        for name in APP_FILES:
            target = Path(self.build_lib, "mer_core", "app", "site", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)


setup(cmdclass={"build_py": BuildWithApp})
