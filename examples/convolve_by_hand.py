"""A convolution is a matrix product: patches as columns, filters as rows. The lecture's 5×5 image and 3×3 filter."""

import numpy as np

import cnnspec
from cnnspec.backends.numpy_reference import forward

IMAGE = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
SPEC = """
model Example {
  input 5x5x1
  Filter2D([[1, 0, 1], [0, 1, 0], [1, 0, 1]], padding=valid)
}
"""


def main() -> None:
    image = np.array(IMAGE, dtype=float)
    kernel = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], dtype=float)
    patches = np.stack([image[row : row + 3, column : column + 3].ravel() for row in range(3) for column in range(3)], axis=1)
    by_hand = (kernel.ravel() @ patches).reshape(3, 3)

    network = cnnspec.load(SPEC).model().network
    computed = forward(network, {}, image[None, :, :, None])["filter2d_1"][0, :, :, 0]

    print(f"patches {patches.shape[0]}×{patches.shape[1]}, filter 1×{kernel.size}")
    print(by_hand.astype(int))
    assert np.array_equal(by_hand, computed)


if __name__ == "__main__":
    main()
