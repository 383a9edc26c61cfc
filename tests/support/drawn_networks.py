"""Networks of many shapes for the tests of pictures, as specs."""

from __future__ import annotations

from functools import cache

from cnnspec.analysis.check import check_source
from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics import Source
from cnnspec.resources import library_root

SPECS = {
    "inception": """
block Branches(a, b, c, d) {
  Concat {
    | Conv2D(a, 1x1, activation=relu)
    | Conv2D(b, 1x1, activation=relu) -> Conv2D(b, 3x3, padding=same, activation=relu)
    | Conv2D(c, 1x1, activation=relu) -> Conv2D(c, 5x5, padding=same, activation=relu)
    | MaxPool2D(3x3, strides=1, padding=same) -> Conv2D(d, 1x1, activation=relu)
  }
}
model Inception {
  input 32x32x3
  Conv2D(32, 3x3, activation=relu)
  Branches(16, 32, 8, 8)
  Branches(32, 64, 16, 16)
  GlobalAvgPool2D -> Dense(10, activation=softmax)
}
""",
    "densenet": """
block Layer(growth) {
  Concat {
    |
    | BatchNorm -> ReLU -> Conv2D(4 * growth, 1x1, use_bias=false) -> BatchNorm -> ReLU
      Conv2D(growth, 3x3, padding=same, use_bias=false)
  }
}
block Transition {
  BatchNorm -> ReLU -> Conv2D(in.channels // 2, 1x1, use_bias=false) -> AvgPool2D
}
model DenseNet {
  input 224x224x3
  Conv2D(64, 7x7, strides=2, padding=3, use_bias=false) -> BatchNorm -> ReLU -> MaxPool2D(3x3, strides=2, padding=1)
  Layer(32) * 6
  Transition
  Layer(32) * 12
  Transition
  Layer(32) * 24
  Transition
  Layer(32) * 16
  BatchNorm -> ReLU -> GlobalAvgPool2D -> Dense(1000)
}
""",
    "deep_unet": """
block Double(n) { Conv2D(n, 3x3, padding=same, activation=relu) -> Conv2D(n, 3x3, padding=same, activation=relu) }
model DeepUNet {
  input 128x128x3
  e1 = Double(16)
  MaxPool2D
  e2 = Double(32)
  MaxPool2D
  e3 = Double(64)
  MaxPool2D
  Double(128)
  u3 = Conv2DTranspose(64, 2x2, strides=2)
  [u3, e3] -> Concat -> Double(64)
  u2 = Conv2DTranspose(32, 2x2, strides=2)
  [u2, e2] -> Concat -> Double(32)
  u1 = Conv2DTranspose(16, 2x2, strides=2)
  [u1, e1] -> Concat -> Double(16) -> Conv2D(2, 1x1)
}
""",
    "pyramid": """
model Pyramid {
  input 64x64x3
  c1 = Conv2D(8, 3x3, strides=2, padding=same)
  c2 = Conv2D(16, 3x3, strides=2, padding=same)
  c3 = Conv2D(32, 3x3, strides=2, padding=same)
  p3 = c3 -> Conv2D(8, 1x1)
  l2 = c2 -> Conv2D(8, 1x1)
  t3 = p3 -> UpSampling2D
  p2 = [l2, t3] -> Add
  l1 = c1 -> Conv2D(8, 1x1)
  t2 = p2 -> UpSampling2D
  p1 = [l1, t2] -> Add
  o3 = p3 -> Conv2D(4, 3x3, padding=same)
  o2 = p2 -> Conv2D(4, 3x3, padding=same)
  o1 = p1 -> Conv2D(4, 3x3, padding=same)
  output o1, o2, o3
}
""",
    "gates": """
block Squeeze { GlobalAvgPool2D -> Dense(in.channels // 4, activation=relu) -> Dense(in.channels, activation=sigmoid) }
model Gated {
  input 32x32x16
  Multiply { | | Squeeze }
  Conv2D(16, 3x3, padding=same) -> BatchNorm -> ReLU
  Add { | | Multiply { | Conv2D(16, 3x3, padding=same) | Squeeze } }
  GlobalAvgPool2D -> Dense(5)
}
""",
    "tangle": """
model Tangle {
  input a: 16x16x4
  input b: 16x16x4
  x1 = a -> Conv2D(4, 3x3, padding=same)
  y1 = b -> Conv2D(4, 3x3, padding=same)
  x2 = [x1, y1] -> Add
  y2 = [y1, x1] -> Subtract
  x3 = x2 -> Conv2D(4, 3x3, padding=same)
  y3 = [y2, x2] -> Maximum
  z = [x3, y3, x1] -> Concat
  w = [z, b] -> Concat
  s = z -> Conv2D(4, 1x1)
  t = w -> Conv2D(4, 1x1)
  [s, t, a] -> Add
}
""",
    "nested": """
block Inner(n) { Add { | Conv2D(n, 3x3, padding=same) -> Conv2D(n, 3x3, padding=same) | Conv2D(n, 1x1) } }
block Middle(n) { Add { | Inner(n) -> Inner(n) | } }
block Outer(n) { Concat { | Middle(n) | Inner(n) -> Middle(n) | } -> Conv2D(n, 1x1) }
model Nested {
  input 16x16x8
  Outer(8)
  Outer(8)
}
""",
    "repeats": """
block Twin(n) { Conv2D(n, 3x3, padding=same, activation=relu) -> Conv2D(n, 3x3, padding=same, activation=relu) -> BatchNorm }
model Repeats {
  input 16x16x8
  Twin(8) * 6
  repeat 5 {
    Add { | Twin(8) | }
    ReLU
  }
  share again = Twin(8)
  again
  repeat 4 { again }
  GlobalAvgPool2D -> Dense(3)
}
""",
    "wrong": """
model Wrong {
  input 8x8x1
  Conv2D(4, 5x5, activation=relu)
  Conv2D(8, 5x5, activation=relu)
  MaxPool2D
  Flatten -> Dense(10)
}
""",
    "single": "model Single {\n  input 4\n  Dense(1)\n}\n",
    "outputs": """
model Outputs {
  input 32x32x3
  body = Conv2D(8, 3x3, activation=relu) -> MaxPool2D -> Dropout(0.25)
  one = body -> Flatten -> Dense(10, activation=softmax)
  two = body -> Conv2D(4, 3x3) -> BatchNorm -> ReLU
  output one, two
}
""",
}
LIBRARY = (
    "lenet5", "lenet5_1998", "mnist_cnn", "alexnet", "resnet18", "unet", "siamese", "signal_1d", "volume_3d", "mlp", "sobel"
)  # fmt: skip
ALL = (*SPECS, *LIBRARY)


def reports_of(text: str) -> tuple[ModelReport, ...]:
    """The models of a text, checked."""
    return check_source(Source("test.cnn", text)).report.models


@cache
def report(name: str) -> ModelReport:
    """The first model of a network of this file or of the library."""
    text = SPECS[name] if name in SPECS else (library_root() / f"{name}.cnn").read_text(encoding="utf-8")
    return reports_of(text)[0]
