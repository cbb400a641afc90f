"""The architecture's rules, checked on the syntax tree of every file: which layer may import what, and what may run at
import time."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOW = [
    "errors",
    "moods",
    "tensorflow_runtime",
    "io",
    "workspace",
    "metrics",
    "audio",
    "encoders",
    "tags",
    "datasets",
    "embeddings",
    "lyrics",
    "music",
    "library",
    "model",
    "training",
    "maps",
    "inference",
    "recommend",
    "teach",
    "export",
    "demo",
    "figures",
    "serving",
    "cli",
    "app",
]
"""The packages (and the few modules beside them) in the order data flows: one imports only from itself or from one that
stands earlier."""
PARTS = [
    ROOT / "streamlit_app.py",
    *(path for part in ("mer_core", "scripts", "pages") for path in (ROOT / part).rglob("*.py")),
]
FILES = sorted(path for path in PARTS if path.exists())
SIDE_EFFECTS = {
    "print",
    "mkdir",
    "makedirs",
    "basicConfig",
    "addHandler",
    "setLevel",
    "urlopen",
    "urlretrieve",
    "download",
    "load_encoder",
    "write_text",
}
CODE_ON_LOAD = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}

Import = tuple[str, bool]  # dotted name; whether it runs when the module is imported


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def at_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: not the bodies of functions, `if TYPE_CHECKING` or `if __name__
    == "__main__"`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            outside = [
                *getattr(child, "decorator_list", []),
                *child.args.defaults,
                *filter(None, child.args.kw_defaults),
            ]
            for part in outside:
                yield part
                yield from at_import_time(part)
        elif not (
            isinstance(child, ast.If)
            and {"TYPE_CHECKING", "__name__"} & {n.id for n in ast.walk(child.test) if isinstance(n, ast.Name)}
        ):
            yield child
            yield from at_import_time(child)


def imports_of(path: Path) -> list[Import]:
    """What a file imports when it runs, anywhere in it (not for type checking alone); `from a import b` counts as both
    a and a.b."""
    early = set(map(id, at_import_time(tree_of(path))))
    guards = [
        node
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    ]
    for_types = {id(node) for guard in guards for node in ast.walk(guard)}
    found: list[Import] = []
    for node in ast.walk(tree_of(path)):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in early) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = str(node.module) if node.level == 0 else "." * node.level
            found += [(base, id(node) in early), *((f"{base}.{alias.name}", id(node) in early) for alias in node.names)]
    return found


def importers(*libraries: str, only_early: bool = False) -> set[str]:
    """Files that import one of `libraries` (their first dotted part)."""
    return {
        name_of(path)
        for path in FILES
        for name, early in imports_of(path)
        if name.split(".")[0] in libraries and (early or not only_early)
    }


def step_of(dotted: str) -> str | None:
    """The step (module or sub-package of mer_core) that a dotted name belongs to."""
    parts = dotted.split(".")
    if parts[0] != "mer_core" or len(parts) < 2:
        return None
    return (
        parts[1]
        if (ROOT / "mer_core" / f"{parts[1]}.py").exists() or (ROOT / "mer_core" / parts[1] / "__init__.py").exists()
        else None
    )


def test_the_tree_is_seen() -> None:
    assert {"mer_core/errors.py", "mer_core/cli/common.py"} <= {name_of(path) for path in FILES}
    steps = {step for path in FILES for name, _ in imports_of(path) if (step := step_of(name))}
    assert {"errors", "io", "inference", "app"} <= steps


def test_imports_are_absolute() -> None:
    assert [(name_of(path), name) for path in FILES for name, _ in imports_of(path) if name.startswith(".")] == []


def test_streamlit_stays_in_the_pages_and_app() -> None:
    """The benchmark of the pages may run them from outside, as tests do."""
    allowed = ("pages/", "mer_core/app/", "streamlit_app.py", "scripts/benchmarks/app")
    assert [name for name in importers("streamlit") if not name.startswith(allowed)] == []


def test_plotly_stays_in_the_figures() -> None:
    assert [name for name in importers("plotly") if not name.startswith("mer_core/figures")] == []


@pytest.mark.parametrize(
    "library", ["tensorflow", "tensorflow_hub", "keras", "tf_keras", "umap", "dask", "distributed"]
)
def test_slow_libraries_are_imported_only_inside_functions(library: str) -> None:
    assert importers(library, only_early=True) == set()


def test_umap_is_imported_only_where_the_map_is_fitted() -> None:
    assert importers("umap") <= {"mer_core/maps/umap.py"}
    places = [
        node
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and "umap" in _local_imports(node)
    ]
    assert len(places) <= 1


def _local_imports(function: ast.FunctionDef) -> set[str]:
    return {
        alias.name.split(".")[0] for node in ast.walk(function) if isinstance(node, ast.Import) for alias in node.names
    } | {str(node.module).split(".")[0] for node in ast.walk(function) if isinstance(node, ast.ImportFrom)}


def test_every_package_has_a_place_in_the_flow() -> None:
    present = {
        path.stem if path.is_file() else path.name
        for path in (ROOT / "mer_core").iterdir()
        if path.suffix == ".py" or path.is_dir()
    }
    assert present - {"__init__", "__pycache__"} <= set(FLOW)


def test_no_package_imports_a_later_one() -> None:
    found = []
    for path in (ROOT / "mer_core").rglob("*.py"):
        own = step_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        later = {
            other
            for name, _ in imports_of(path)
            if own and (other := step_of(name)) and FLOW.index(other) > FLOW.index(own)
        }
        found += [(name_of(path), other) for other in sorted(later)]
    assert found == []


def test_the_library_imports_no_script_and_no_page() -> None:
    assert [
        (name_of(path), name)
        for path in FILES
        if name_of(path).startswith("mer_core/")
        for name, _ in imports_of(path)
        if name.split(".")[0] in {"scripts", "pages", "streamlit_app", "tests"}
    ] == []


def test_nothing_is_printed_written_or_fetched_at_import_time() -> None:
    found = []
    for path in FILES:
        for node in at_import_time(tree_of(path)):
            if isinstance(node, ast.Call):
                function = node.func
                name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                found += [(name_of(path), node.lineno, name)] if name in SIDE_EFFECTS else []
    assert found == []


COMMAND_LINE = re.compile(r"scripts/|(?<![\w-])--[a-z]")
"""What only a command line has: the folder of the scripts, an option."""


def test_no_command_line_stands_below_app_and_cli() -> None:
    """An error says what to do by its Remedy; docstrings name the job, not how one calls it."""
    below = FLOW[: FLOW.index("cli")]
    found = [
        (name_of(path), node.lineno, match[0])
        for path in FILES
        if name_of(path).startswith("mer_core/")
        and step_of(".".join(path.relative_to(ROOT).with_suffix("").parts)) in below
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (match := COMMAND_LINE.search(node.value))
    ]
    assert found == []


def test_one_module_names_the_columns_of_predictions() -> None:
    """Columns a mood ("c:happy") are made and asked for by prediction_columns alone."""
    made = re.compile(r"""(?<![\w"'])f["'](\{\w+\}|[pcd]):\{mood\}["']""")
    found = [name_of(path) for path in FILES if made.search(path.read_text(encoding="utf-8"))]
    assert found == ["mer_core/model/prediction_columns.py"]


def test_the_library_never_prints() -> None:
    calls = [
        (name_of(p), n.lineno)
        for p in FILES
        if name_of(p).startswith("mer_core/") and not name_of(p).startswith("mer_core/cli/")
        for n in ast.walk(tree_of(p))
        if _is_call_of(n, "print")
    ]
    assert calls == []


def test_nothing_that_executes_code_on_load_is_read() -> None:
    assert importers(*CODE_ON_LOAD) == set()
    found = []
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Name) and node.id in {"eval", "exec"}:
                found.append((name_of(path), node.lineno))
            if (
                isinstance(node, ast.keyword)
                and node.arg in {"allow_pickle", "shell"}
                and not (isinstance(node.value, ast.Constant) and node.value.value is False)
            ):
                found.append((name_of(path), node.value.lineno))
    assert found == []


def _is_call_of(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def test_a_class_name_means_one_thing() -> None:
    places: dict[str, list[str]] = {}
    for path in sorted((ROOT / "mer_core").rglob("*.py")):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(name_of(path))
    assert len(places) > 100
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_modules_pages_and_functions_stay_small() -> None:
    limits = {"pages": 100, "streamlit_app.py": 60, "mer_core": 350, "scripts": 320}
    long_files = [
        (name_of(p), n)
        for p in FILES
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > limits[p.relative_to(ROOT).parts[0]]
    ]
    long_functions = [
        (name_of(path), node.name, length)
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := node.end_lineno - node.body[0].lineno + 1) > 60  # type: ignore[operator]
    ]
    assert (long_files, long_functions) == ([], [])
