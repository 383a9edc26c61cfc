"""What one unit of the last convolution sees, with and without pooling: the lecture's table."""

import cnnspec


def fields(path: str) -> list[tuple[str, str]]:
    """The layers of a spec that still see a part of the input, with their receptive fields."""
    rows = cnnspec.load(path).model().rows
    return [(row.name, "×".join(str(n) for n in row.field.size)) for row in rows if row.field is not None]


def main() -> None:
    for path in ("specs/mnist_cnn.cnn", "specs/mnist_cnn_without_pooling.cnn"):
        report = cnnspec.load(path).model()
        print(report.name)
        for name, size in fields(path):
            print(f"  {name:15}{size:>7}")
        last = [row for row in report.rows if row.coverage is not None][-1]
        print(f"  one unit of {last.name} sees {last.coverage:.2%} of the digit\n")


if __name__ == "__main__":
    main()
