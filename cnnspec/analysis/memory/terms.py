"""What memory is asked for: a batch, an optimizer, a precision. The arguments of ``memory.training(…)`` in a claim."""

from typing import Annotated, Literal

from pydantic import Field

from cnnspec.analysis.memory.memory import InferenceMemory, ModelMemory, TrainingMemory
from cnnspec.analysis.memory.need import Need
from cnnspec.analysis.memory.precision import PRECISIONS, Precision
from cnnspec.recipe.family import member_of
from cnnspec.recipe.optimizers import SGD, Optimizer, optimizers
from cnnspec.schema.declaration import Declaration, describe

AnOptimizer = Annotated[
    Optimizer, member_of(optimizers, "an optimizer"), Field(description="the rule of the steps, for its slots")
]
Batch = Annotated[int, Field(ge=1, le=2**40, description="samples at a time")]
PrecisionName = Annotated[Literal["float32", "float16", "bfloat16"], Field(description="what values are computed in")]

# Built without validation, so that importing it builds no validator.
PLAIN_SGD: Optimizer = SGD.model_construct()


class InferenceTerms(Declaration):
    """``memory.inference(batch=1, precision=float32)``."""

    batch: Batch = 1
    precision: PrecisionName = "float32"

    @property
    def bytes(self) -> Precision:
        """The precision with its bytes."""
        return PRECISIONS[self.precision]

    def of(self, memory: ModelMemory) -> InferenceMemory:
        """The memory of a model on these terms."""
        return memory.inference(self.batch, self.bytes)

    def need(self, memory: ModelMemory) -> Need:
        """The same for any batch."""
        return memory.inference_need(self.bytes)


class TrainingTerms(Declaration):
    """``memory.training(batch=1, optimizer=SGD, precision=float32)``."""

    batch: Batch = 1
    optimizer: AnOptimizer = PLAIN_SGD
    precision: PrecisionName = "float32"

    @property
    def bytes(self) -> Precision:
        """The precision with its bytes."""
        return PRECISIONS[self.precision]

    @property
    def slots(self) -> int:
        """How many numbers the optimizer keeps for each weight."""
        return len(self.optimizer.slots)

    @property
    def optimizer_name(self) -> str:
        """The optimizer with the arguments that were given."""
        return describe(self.optimizer)

    def of(self, memory: ModelMemory) -> TrainingMemory:
        """The memory of a model on these terms."""
        return memory.training(self.batch, self.optimizer_name, self.slots, self.bytes)

    def need(self, memory: ModelMemory) -> Need:
        """The same for any batch."""
        return memory.training_need(self.slots, self.bytes)
