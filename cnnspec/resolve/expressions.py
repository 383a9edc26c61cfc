"""Expressions: constants, arithmetic, the sizes of values, layers as arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnspec.diagnostics import Span
from cnnspec.diagnostics.catalogue import arguments as problems
from cnnspec.diagnostics.catalogue.names import in_outside_block, unknown_attribute, unknown_name
from cnnspec.layers.base import Layer
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import AXIS_NAMES, Shape
from cnnspec.resolve.operators import FUNCTIONS, Operators, Rejected, base_text, shorten
from cnnspec.resolve.scope import Scope
from cnnspec.resolve.values import UNKNOWN, Block, Given, LayerValue, UnknownType, Value
from cnnspec.schema.values import CallValue, Quoted, Word, is_list
from cnnspec.syntax import tree
from cnnspec.syntax.limits import MAX_LEAVES, MAX_NESTING

ATTRIBUTES = ("channels", "height", "width", "depth", "length", "rank", "units")

#: A hook that gives a name or call a meaning before the scope is asked; NOTHING leaves it to the scope.
NOTHING: object = object()
Hook = Callable[[tree.Expression], object]


class Evaluator(Operators):
    """Works out expressions in a scope.

    Args:
        scope: the names that are visible.
        hook: asked first for every name, attribute, call and quantity (claims give ``params`` and the like a value).
        layers: whether capital names are layers and blocks (in models) or plain words (in recipes).
    """

    def __init__(self, scope: Scope, hook: Hook | None = None, *, layers: bool = True) -> None:
        super().__init__(scope)
        self.hook = hook
        self.layers = layers

    def value(self, expression: tree.Expression) -> object:
        """The value of an expression.

        Raises:
            Rejected: it has none.
        """
        if self.hook is not None:
            found = self.hook(expression)
            if found is not NOTHING:
                return found
        match expression:
            case tree.Number(value=value):
                return self.checked(value, expression.span)
            case tree.String(value=text):
                return Quoted(text)
            case tree.Constant(value=constant):
                return constant
            case tree.Name():
                return self._name(expression)
            case tree.Attribute():
                return self._attribute(expression)
            case tree.Dims(parts=parts):
                return parts
            case tree.Unknown():
                return (None,)
            case tree.ListOf(items=items):
                return _bounded(tuple(self._item(item) for item in items), expression.span)
            case tree.Call():
                return self._call(expression)
            case tree.Unary():
                return self._unary(expression)
            case tree.Binary():
                return self._binary(expression)
            case tree.Quantity(number=number, unit=unit):
                raise Rejected(
                    problems.type_mismatch(expression.span, operation="a unit of memory", left=f"{number.text} {unit.text}")
                )

    def arguments(self, arguments: Sequence[tree.Argument]) -> tuple[Given, ...]:
        """The values of the arguments of a call; each that has none raises for all."""
        return tuple(Given(a.name.text if a.name else None, self.value(a.value), a) for a in arguments)

    # --- names -------------------------------------------------------------------------------------------------

    def _item(self, item: tree.Expression) -> object:
        return None if isinstance(item, tree.Unknown) else self.value(item)

    def _name(self, name: tree.Name) -> object:
        binding = self.scope.lookup(name.text)
        if binding is not None:
            return binding.content
        if self.layers and name.text[:1].isupper():
            found = self.layer_named(name.text)
            if found is not None:
                return LayerValue(found, name.text)
        return Word(name.text)

    def layer_named(self, text: str) -> type[Layer] | Block | None:
        """The block of this file or the layer kind of that name; None if there is none."""
        from cnnspec.layers.registry import known_name, layer_class

        block = self.scope.file.blocks.get(text)
        if block is not None:
            return block[0]
        return layer_class(text) if known_name(text) else None

    def _attribute(self, expression: tree.Attribute) -> object:
        base, attribute = expression.base, expression.name.text
        if isinstance(base, tree.Name):
            module = self.scope.file.modules.get(base.text)
            if module is not None and self.scope.lookup(base.text) is None:
                return self._member(module[0], base.text, expression)
            binding = self.scope.lookup(base.text)
            if binding is None:
                if self.scope.is_uncertain():
                    raise Rejected(None)
                if base.text == "in":
                    raise Rejected(in_outside_block(base.span))
                choices = [name for name in self.scope.visible() if isinstance(self._content(name), Value)]
                raise Rejected(unknown_name(base.span, name=base.text, choices=choices, what="value"))
            content = binding.content
            if isinstance(content, UnknownType):
                return UNKNOWN
            if isinstance(content, Value):
                return size_of(content.shape, base.text, attribute, expression.name.span)
            raise Rejected(
                unknown_attribute(
                    expression.name.span, name=base.text, attribute=attribute, choices=(), reason=f"it is {self.show(content)}"
                )
            )
        raise Rejected(unknown_attribute(expression.name.span, name=base_text(base), attribute=attribute, choices=()))

    def _content(self, name: str) -> object:
        binding = self.scope.lookup(name)
        return binding.content if binding else None

    def _member(self, module: object, alias: str, expression: tree.Attribute) -> object:
        from cnnspec.resolve.scope import FileScope

        assert isinstance(module, FileScope)
        name = expression.name.text
        if name in module.blocks and name not in module.borrowed:
            return LayerValue(module.blocks[name][0], f"{alias}.{name}")
        if name in module.lets and name not in module.borrowed:
            return module.lets[name].content
        choices = tuple(n for n in (*module.blocks, *module.lets) if n not in module.borrowed)
        if module.uncertain:
            raise Rejected(None)
        raise Rejected(unknown_attribute(expression.name.span, name=alias, attribute=name, choices=choices))

    # --- calls -------------------------------------------------------------------------------------------------

    def _call(self, call: tree.Call) -> object:
        given = self.arguments(call.arguments)
        callee = call.callee
        if isinstance(callee, tree.Attribute):
            target = self._attribute(callee)
        else:
            if callee.text in FUNCTIONS and self.scope.lookup(callee.text) is None:
                return self._function(callee, given, call.span)
            target = self._name(callee)
        if isinstance(target, UnknownType):
            return UNKNOWN
        if isinstance(target, LayerValue):
            return target.extended(given)
        if isinstance(target, Word):
            positional = tuple(item.value for item in given if item.name is None)
            return CallValue(str(target), positional, tuple((item.name, item.value) for item in given if item.name))
        raise Rejected(problems.type_mismatch(call.span, operation="a call", left=self.show(target)))

    def _function(self, callee: tree.Name, given: tuple[Given, ...], span: Span) -> object:
        if any(item.name for item in given):
            raise Rejected(problems.function_arguments(span, name=callee.text, takes="numbers without names"))
        values = [item.value for item in given]
        if any(isinstance(value, UnknownType) for value in values):
            return UNKNOWN
        numbers = [self.number(value, span, callee.text) for value in values]
        several = callee.text in ("min", "max")
        if not numbers or (not several and len(numbers) != 1):
            raise Rejected(problems.function_arguments(span, name=callee.text, takes="numbers" if several else "one number"))
        if any(isinstance(number, Extent) for number in numbers):
            raise self.refuse_symbolic(span, what=callee.text, expression=", ".join(str(n) for n in numbers))
        plain = [n for n in numbers if not isinstance(n, Extent)]
        if not all(isinstance(n, int) or n - n == 0 for n in plain):
            raise Rejected(problems.result_too_large(span, expression=shorten(span)))
        match callee.text:
            case "min":
                return min(plain)
            case "max":
                return max(plain)
            case "round":
                return round(plain[0])
            case "floor":
                return int(plain[0] // 1)
            case _:
                return int(-(-plain[0] // 1))

    # --- operators ---------------------------------------------------------------------------------------------

    def _unary(self, expression: tree.Unary) -> object:
        value = self.value(expression.operand)
        if isinstance(value, UnknownType):
            return UNKNOWN
        if expression.operator == "not":
            return not self.truth(value, expression.operand)
        number = self.number(value, expression.operand.span, expression.operator, expression.operand)
        return -number if expression.operator == "-" else number

    def _binary(self, expression: tree.Binary) -> object:
        """Long sums lean to the left; their spine is walked in a loop, not by recursion."""
        spine: list[tree.Binary] = []
        node: tree.Expression = expression
        while isinstance(node, tree.Binary) and node.operator not in ("and", "or"):
            spine.append(node)
            node = node.left
        if not spine:
            return self._logic(expression)
        left = self.value(node)
        for part in reversed(spine):
            left = self.apply(part, left, self.value(part.right))
        return left

    def _logic(self, expression: tree.Binary) -> object:
        left = self.value(expression.left)
        if isinstance(left, UnknownType):
            return UNKNOWN
        decided = self.truth(left, expression.left)
        if decided == (expression.operator == "or"):
            return decided
        right = self.value(expression.right)
        return right if isinstance(right, UnknownType) else self.truth(right, expression.right)


def size_of(shape: Shape | None, name: str, attribute: str, span: Span) -> object:
    """``in.channels`` and its like: channels and units, rank, or an extent by the name of its axis."""
    if attribute not in ATTRIBUTES:
        raise Rejected(unknown_attribute(span, name=name, attribute=attribute, choices=ATTRIBUTES))
    if shape is None:
        return UNKNOWN
    if attribute == "rank":
        return shape.rank
    if attribute == "channels" or (attribute == "units" and shape.rank == 0):
        return shape.channels
    axes = AXIS_NAMES.get(shape.rank, ())
    if attribute in axes:
        return shape.extents[axes.index(attribute)]
    has = (*axes, "channels", "rank") if shape.rank else ("units", "channels", "rank")
    raise Rejected(unknown_attribute(span, name=name, attribute=attribute, choices=has, reason=f"it is {shape}"))


def _bounded(items: tuple[object, ...], span: Span) -> tuple[object, ...]:
    """A list that is not too long, counting the lists in it: constants may stand for lists that grow with each other."""
    left, depth = MAX_LEAVES - len(items), 0
    level = [item for item in items if is_list(item)]
    while level:
        left -= sum(map(len, level))
        if left < 0:
            raise Rejected(problems.list_too_long(span, limit=MAX_LEAVES))
        depth += 1
        if depth > MAX_NESTING:
            from cnnspec.diagnostics.catalogue.syntax import nesting_too_deep

            raise Rejected(nesting_too_deep(span, MAX_NESTING))
        level = [item for inner in level for item in inner if is_list(item)]
    return items
