"""γ and β: the learned scale and offset that normalisations end with."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from typing_extensions import override

from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.upkeep import INPUT_KEPT, Kept, Operations, count_values
from cnnspec.layers.weights import AConstraint, AnInitializer, ARegularizer

Epsilon = Annotated[float, Field(gt=0, allow_inf_nan=False, description="added to the variance")]
Center = Annotated[bool, Field(description="whether β is added")]
Scaled = Annotated[bool, Field(description="whether γ multiplies")]
BetaInitializer = Annotated[AnInitializer, Field(description="how β starts")]
GammaInitializer = Annotated[AnInitializer, Field(description="how γ starts")]
BetaRegularizer = Annotated[ARegularizer, Field(description="penalty on β")]
GammaRegularizer = Annotated[ARegularizer, Field(description="penalty on γ")]
BetaConstraint = Annotated[AConstraint, Field(description="what β is made to fulfil after every step")]
GammaConstraint = Annotated[AConstraint, Field(description="what γ is made to fulfil after every step")]


class Affine(Layer):
    """A normalisation that ends with γ·x + β, either of which may be left out."""

    family = "normalisation"

    if TYPE_CHECKING:  # each kind states these fields itself, in Keras's order
        center: bool
        scale: bool
        beta_initializer: Any
        gamma_initializer: Any
        beta_regularizer: Any
        gamma_regularizer: Any
        beta_constraint: Any
        gamma_constraint: Any
        trainable: bool

    @override
    def operations(self, facts: Facts, *inputs: Shape) -> tuple[Operations, ...]:
        values = count_values(facts.output)
        learned = (("γ", self.scale), ("β", self.center))
        return (
            Operations("sums and differences", values * 2),
            Operations("squares, their sums and the division", values * 3),
            *(Operations(name, values) for name, present in learned if present),
        )

    @override
    def keeps(self, facts: Facts, *inputs: Shape) -> Kept:
        return INPUT_KEPT

    def affine(self, size: tuple[int, ...]) -> tuple[Param, ...]:
        """γ and β of this size, those of them that there are."""
        gamma = Param(
            "gamma", size, "scale", self.trainable, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint
        )
        beta = Param("beta", size, "offset", self.trainable, self.beta_initializer, self.beta_regularizer, self.beta_constraint)
        return (*((gamma,) if self.scale else ()), *((beta,) if self.center else ()))
