"""Callbacks that report: to a file, to the terminal, to TensorBoard, to a server."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from typing_extensions import override

from cnnspec.recipe.callback import Callback
from cnnspec.schema.declaration import Text, refuse


def _between_cells(value: object) -> object:
    if isinstance(value, str) and len(value) == 1 and (value.isalnum() or value in "\"'.+-_\r\n\0"):
        raise refuse("a character that no cell holds, such as a comma, a semicolon or a tab")
    return value


class CSVLogger(Callback):
    """Write a row of figures per epoch to a file of its own in the run's folder."""

    word = "CSVLogger"
    aliases = {"filename": "path"}

    path: Annotated[Text, Field(min_length=1, description="file name in the run's folder")]
    separator: Annotated[
        Text, BeforeValidator(_between_cells), Field(min_length=1, max_length=1, description="one character between the columns")
    ] = ","
    append: Annotated[bool, Field(description="go on in the file where there is one")] = False

    @override
    def writes(self) -> tuple[str, ...]:
        return (self.path,)


class ProgbarLogger(Callback):
    """Show the progress of training on standard error: a bar on a terminal, else a line an epoch.

    The command shows it anyway, unless it is asked to be quiet; from Python it is shown where this is stated.
    """

    word = "ProgbarLogger"


class TensorBoard(Callback):
    """Write figures, the network's graph, and histograms and pictures of weights for TensorBoard.

    It needs the extra ``cnnspec[tensorboard]``. Figures of training lie in ``log_dir``/train, those of validation and of the
    test in ``log_dir``/validation.
    """

    word = "TensorBoard"
    extra = "tensorboard"

    log_dir: Annotated[Text, Field(min_length=1, description="folder in the run's folder")] = "logs"
    histogram_freq: Annotated[int, Field(ge=0, description="epochs between two histograms of the weights; 0 for none")] = 0
    write_graph: Annotated[bool, Field(description="write the network's graph")] = True
    write_images: Annotated[bool, Field(description="write the weights as pictures too, where histograms are written")] = False
    write_steps_per_second: Annotated[bool, Field(description="write the speed of each epoch, or batch")] = False
    update_freq: Annotated[
        Literal["batch", "epoch"] | Annotated[int, Field(ge=1)],
        Field(description="write figures after each epoch, or also after so many batches; batch means 1"),
    ] = "epoch"

    @property
    def update_steps(self) -> int:
        """Steps between two writings of figures; 0 for none within epochs."""
        return {"batch": 1, "epoch": 0}[self.update_freq] if isinstance(self.update_freq, str) else self.update_freq

    @override
    def writes(self) -> tuple[str, ...]:
        return (f"{self.log_dir}/train", f"{self.log_dir}/validation")


def _path_of_url(value: object) -> object:
    if isinstance(value, str) and not value.startswith("/"):
        raise refuse('a path that begins with "/"')
    return value


class RemoteMonitor(Callback):
    """Send the figures of every epoch to a server, as JSON by POST.

    A run sends nothing unless the host is allowed: ``cnnspec train FILE --allow-network HOST``. Whatever the server does, or
    does not, training goes on.
    """

    word = "RemoteMonitor"

    root: Annotated[Text, Field(max_length=500, description="https address, or http of this machine")] = "http://localhost:9000"
    path: Annotated[Text, BeforeValidator(_path_of_url), Field(max_length=500, description="path below the address")] = (
        "/publish/epoch/end/"
    )
    field: Annotated[Text, Field(min_length=1, max_length=100, description="name of the form's field that holds the JSON")] = (
        "data"
    )
    send_as_json: Annotated[bool, Field(description="send the JSON itself, not a form")] = False

    @override
    def sends_to(self) -> str:
        return f"{self.root}{self.path}"
