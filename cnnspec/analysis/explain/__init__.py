"""Derivations: where every number of a layer or a model comes from, as data that a terminal or a page lays out.

Every equation was written by the object that computed its number, on traced integers.
"""

from cnnspec.analysis.explain.layer import explain_layer
from cnnspec.analysis.explain.lines import Equation, Explanation, Line, Section, Table
from cnnspec.analysis.explain.whole import explain_model

__all__ = ["Equation", "Explanation", "Line", "Section", "Table", "explain_layer", "explain_model"]
