"""Where the samples come from, with what is known of them before they are read."""

from abc import abstractmethod
from functools import cache
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from cnnspec.recipe.family import member_of, spellings
from cnnspec.record import record
from cnnspec.schema.choice import Choice
from cnnspec.schema.declaration import Text


@record
class DataFacts:
    """What is known of a data set: None where only its files can tell.

    Attributes:
        name: what it is called in messages.
        shape: (height, width, channels) of an image.
        classes: the number of classes.
        train, test: the number of samples.
    """

    name: str
    shape: tuple[int, int, int] | None = None
    classes: int | None = None
    train: int | None = None
    test: int | None = None


class DataSource(Choice):
    """A data set that a recipe can name."""

    @abstractmethod
    def facts(self) -> DataFacts:
        """What is known without reading it."""


class Mnist(DataSource):
    """MNIST: 60,000 and 10,000 handwritten digits of 28×28 (LeCun, Cortes and Burges)."""

    word = "mnist"

    @override
    def facts(self) -> DataFacts:
        return DataFacts(self.word, (28, 28, 1), 10, 60_000, 10_000)


class FashionMnist(DataSource):
    """Fashion-MNIST: 60,000 and 10,000 pieces of clothing of 28×28 (Xiao, Rasul and Vollgraf 2017)."""

    word = "fashion_mnist"

    @override
    def facts(self) -> DataFacts:
        return DataFacts(self.word, (28, 28, 1), 10, 60_000, 10_000)


class Kmnist(DataSource):
    """KMNIST: 60,000 and 10,000 cursive Japanese characters of 28×28 (Clanuwat et al. 2018)."""

    word = "kmnist"

    @override
    def facts(self) -> DataFacts:
        return DataFacts(self.word, (28, 28, 1), 10, 60_000, 10_000)


class Digits(DataSource):
    """scikit-learn's 1,797 real digits of 8×8, brought to 28×28: 1,437 to train, 360 to test.

    ``split=random`` mixes the writers; ``split=writer`` keeps the file's order, so that the test digits are by other writers.
    """

    word = "digits"

    split: Annotated[Literal["random", "writer"], Field(description="how the test digits are chosen")] = "random"

    @override
    def facts(self) -> DataFacts:
        return DataFacts(self.word, (28, 28, 1), 10, 1_437, 360)


class Images(DataSource):
    """A folder with one sub-folder of PNG or JPEG pictures a class, or ``train`` and ``test`` folders of such."""

    word = "images"

    path: Annotated[Text, Field(min_length=1, description="a folder beside the file")]

    @override
    def facts(self) -> DataFacts:
        return DataFacts(f'images("{self.path}")')


class Npz(DataSource):
    """A NumPy archive with the arrays x_train, y_train, x_test and y_test."""

    word = "npz"

    path: Annotated[Text, Field(min_length=1, description="a file beside the file")]

    @override
    def facts(self) -> DataFacts:
        return DataFacts(f'npz("{self.path}")')


@cache
def data_sources() -> dict[str, type[Choice]]:
    """Every accepted spelling of a data set."""
    return spellings((Mnist, FashionMnist, Kmnist, Digits, Images, Npz))


#: Field type of ``data``.
DataField = Annotated[DataSource, member_of(data_sources, "a data set")]
