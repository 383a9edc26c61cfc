"""One file, many networks: what a width costs."""

import cnnspec


def main() -> None:
    print(f"{'width':>5}  {'parameters':>10}  {'MACs':>11}")
    for width in (4, 8, 16, 32):
        totals = cnnspec.load("examples/widths.cnn", settings={"width": width}).model().totals
        print(f"{width:>5}  {totals.params:>10,}  {totals.macs:>11,}")


if __name__ == "__main__":
    main()
