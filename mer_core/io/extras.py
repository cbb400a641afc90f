"""Packages that only some jobs need: each is one of the extras of this package (pyproject.toml)."""

from importlib.util import find_spec

from mer_core.errors import MerError, Remedy


def need(extra: str, *modules: str) -> None:
    """Raise MerError, with the extra to install as its remedy, unless all `modules` are installed."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MerError(
            f"this needs {' and '.join(missing)}, which the extra “{extra}” of this package brings",
            remedy=Remedy("install_extra", options=(("extra", extra),)),
        )
