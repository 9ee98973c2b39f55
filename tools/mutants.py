"""Every small wrong version of a module: one comparison, number, word, argument or statement changed at a time.

The tree is changed and not the text, so that what stands inside an f-string is reached too. What is no behaviour is
left alone: annotations, docstrings, assertions for the type checker, and the sizes of caches.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from types import CodeType
from typing import NamedTuple

_SWAPPED: tuple[tuple[type[ast.cmpop], type[ast.cmpop]], ...] = (
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn)),
)
_COMPARED = {**dict(_SWAPPED), **{two: one for one, two in _SWAPPED}}
_OTHERS: tuple[tuple[type[ast.operator], type[ast.operator]], ...] = (
    *((ast.Add, ast.Sub), (ast.Sub, ast.Add), (ast.Mult, ast.Div), (ast.Div, ast.Mult), (ast.FloorDiv, ast.Div)),
    *((ast.Mod, ast.Mult), (ast.Pow, ast.Mult), (ast.BitOr, ast.BitAnd), (ast.BitAnd, ast.BitOr)),
)
_RECKONED = dict(_OTHERS)
_PAIRS = (
    *(("min", "max"), ("any", "all"), ("casefold", "upper"), ("lower", "upper"), ("strip", "lstrip")),
    *(("removeprefix", "removesuffix"), ("partition", "rpartition"), ("split", "rsplit"), ("find", "rfind")),
    *(("startswith", "endswith"), ("fullmatch", "match"), ("search", "match")),
)
_NAMED = {**{two: one for one, two in _PAIRS}, **dict(_PAIRS), "match": "search", "rstrip": "strip"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TYPING = {"Literal", "TypeVar", "cast", "isinstance", "NewType"}
_BOUNDED = 2
_NONE = ast.Constant(None)

Change = Callable[[ast.AST], ast.AST]


class Mutant(NamedTuple):
    """One changed place: where it stands, what stood there, what stands there now, and how to make it."""

    name: str
    line: int
    lines: range
    function: str
    node: int
    change: Change


def _kept(node: ast.AST) -> ast.AST:
    return node


# The module as it is, made by the same way as each of its mutants; it is of no one function and of every one.
UNCHANGED = Mutant("unchanged", 0, range(0), "*", 0, _kept)


class _Site(NamedTuple):
    """A node with what is around it."""

    node: ast.AST
    function: str
    lines: range
    in_body: bool


def _skipped(node: ast.AST) -> bool:
    """Whether a node and all in it is no behaviour."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    called = node.func if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Subscript) else None
    return isinstance(called, ast.Name) and called.id in _TYPING


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that behave."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "bases", "format_spec"}:
            continue
        yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST))


def _sites(node: ast.AST, function: str, lines: range, *, in_body: bool) -> Iterator[_Site]:
    if _skipped(node):
        return
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
        lines = range(node.lineno, max(last, node.lineno) + 1)
    yield _Site(node, function, lines, in_body)
    inner = function
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and not in_body:
        inner = f"{function}.{node.name}".strip(".")
    for part in _parts(node):
        body = in_body or (isinstance(node, _FUNCTIONS) and part in node.body)
        yield from _sites(part, inner, lines, in_body=body)


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, each with a name that stays the same while the lines around it move."""
    tree = ast.parse(source)
    order = {id(node): index for index, node in enumerate(_walk(tree))}
    seen: Counter[str] = Counter()
    found: list[Mutant] = []
    for site in _sites(tree, "", range(0), in_body=False):
        before = _written(site.node)
        for change in _changes(site.node, in_body=site.in_body):
            after = _written(change(copy.deepcopy(site.node)))
            name = f"{site.function or '-'}: {before} -> {after}"
            seen[name] += 1
            name += f" #{seen[name]}" if seen[name] > 1 else ""
            function = site.function if site.in_body else ""
            line = getattr(site.node, "lineno", site.lines.start)
            found.append(Mutant(name, line, site.lines, function, order[id(site.node)], change))
    return found


def compiled(source: str, path: str, mutant: Mutant) -> CodeType:
    """The module with the one change."""
    tree = ast.parse(source)
    node = list(_walk(tree))[mutant.node]
    _Put(node, mutant.change(node)).visit(tree)
    code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
    return code


def changed_lines(source: str, mutant: Mutant) -> ast.Module | None:
    """The statement outside functions and classes that a mutant changes, and the values made after it."""
    tree = ast.parse(source)
    node = list(_walk(tree))[mutant.node]
    for index, each in enumerate(tree.body):
        whole = node is tree
        if isinstance(each, ast.Assign | ast.AnnAssign) and (whole or any(part is node for part in ast.walk(each))):
            _Put(node, mutant.change(node)).visit(tree)
            after: list[ast.stmt] = [one for one in tree.body[index:] if isinstance(one, ast.Assign | ast.AnnAssign)]
            future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
            return ast.fix_missing_locations(ast.Module([future, *after], []))
    return None


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node, parents first; operators and contexts, which are shared between places, are left out."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.operator | ast.cmpop | ast.boolop | ast.unaryop | ast.expr_context):
            yield from _walk(child)


class _Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return ast.copy_location(self.new, node) if isinstance(node, ast.expr | ast.stmt) else self.new
        return self.generic_visit(node)


def _written(node: ast.AST) -> str:
    """A node in one line; of a statement with a body only its head."""
    if isinstance(node, ast.If | ast.While):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.comprehension):
        return "".join(f"if {ast.unparse(each)}" for each in node.ifs)
    return " ".join(ast.unparse(node).split("\n"))


def _changes(node: ast.AST, *, in_body: bool) -> Iterator[Change]:
    """How a node can be wrong."""
    if isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _with("test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield _with("ifs", [])
        yield _with("ifs", [ast.UnaryOp(ast.Not(), each) for each in node.ifs])
    elif isinstance(node, ast.Lambda) and not isinstance(node.body, ast.Constant):
        yield _with("body", _NONE)
    else:
        yield from _operators(node)
        if isinstance(node, ast.stmt) and in_body:
            yield from _statements(node)


def _operators(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for index, op in enumerate(node.ops):
            yield _with("ops", [*node.ops[:index], _COMPARED[type(op)](), *node.ops[index + 1 :]])
    elif isinstance(node, ast.BoolOp):
        yield _with("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for index in range(len(node.values)):
            rest = [*node.values[:index], *node.values[index + 1 :]]
            yield _with("values", rest) if len(rest) > 1 else _as(rest[0])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield _as(node.operand)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _RECKONED:
        yield _with("op", _RECKONED[type(node.op)]())


def _constants(value: object) -> Iterator[Change]:
    if isinstance(value, bool):
        yield _as(ast.Constant(not value))
    elif isinstance(value, int):
        yield _as(ast.Constant(value + 1))
    elif isinstance(value, float):
        yield _as(ast.Constant(value * 2))
    elif isinstance(value, str):
        yield _as(ast.Constant(f"XX{value}XX"))


def _calls(node: ast.Call) -> Iterator[Change]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    whole = called in {"split", "rsplit"} and len(node.args) + len(node.keywords) < _BOUNDED  # the same from both ends
    if called in _NAMED and not whole:
        field = "attr" if isinstance(node.func, ast.Attribute) else "id"
        yield _with("func", _with(field, _NAMED[called])(copy.deepcopy(node.func)))
    for index, each in enumerate(node.args):
        if not isinstance(each, ast.Constant | ast.Starred | ast.GeneratorExp):
            yield _with("args", [*node.args[:index], _NONE, *node.args[index + 1 :]])
    for index, word in enumerate(node.keywords):
        if word.arg is not None:
            yield _with("keywords", [*node.keywords[:index], *node.keywords[index + 1 :]])


def _statements(node: ast.stmt) -> Iterator[Change]:
    if isinstance(node, ast.Return | ast.Assign) and not isinstance(node.value, ast.Constant | None):
        yield _with("value", _NONE)
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield _as(ast.Pass())
    elif isinstance(node, ast.Continue):
        yield _as(ast.Break())
    elif isinstance(node, ast.Break):
        yield _as(ast.Continue())


def _as(new: ast.AST) -> Change:
    return lambda _: copy.deepcopy(new)


def _with(field: str, value: object) -> Change:
    def change(node: ast.AST) -> ast.AST:
        made = copy.copy(node)
        setattr(made, field, value)
        return made

    return change
