"""γ and β: the learned scale and offset that normalisations end with."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cnnspec.layers.base import Layer
from cnnspec.layers.param import Param
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

    def affine(self, size: tuple[int, ...]) -> tuple[Param, ...]:
        """γ and β of this size, those of them that there are."""
        gamma = Param(
            "gamma", size, "scale", self.trainable, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint
        )
        beta = Param("beta", size, "offset", self.trainable, self.beta_initializer, self.beta_regularizer, self.beta_constraint)
        return (*((gamma,) if self.scale else ()), *((beta,) if self.center else ()))
