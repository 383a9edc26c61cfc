"""What a recipe knows of augmentations; the kinds are imported when a file names one."""

from collections.abc import Mapping
from typing import Annotated

from cnnspec.recipe.family import member_of
from cnnspec.schema.choice import Choice


class Augmentation(Choice):
    """A random change of an image."""

    @property
    def acts(self) -> bool:
        """Whether it changes anything: at strength 0 it is left out."""
        return True


def _kinds() -> Mapping[str, type[Choice]]:
    from cnnspec.recipe.augmentations import augmentations

    return augmentations()


#: Field type of an item of ``augment``.
AugmentationField = Annotated[Augmentation, member_of(_kinds, "an augmentation")]
