"""Where does 18,496 come from? Ask the file."""

import cnnspec


def main() -> None:
    explanation = cnnspec.load("specs/mnist_cnn.cnn").explain("conv2d_2")
    print(explanation.title)
    for section in explanation.sections:
        if section.heading in ("Output size", "Parameters"):
            print(f"\n{section.heading}")
            for line in section.lines:
                print("  ", line if isinstance(line, str) else line.text)


if __name__ == "__main__":
    main()
