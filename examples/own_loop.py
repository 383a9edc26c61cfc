"""The built module in a training loop of your own: it is a torch.nn.Module like any other."""

import torch
from torch.nn import functional

import cnnspec
from cnnspec.recipe.data import Digits
from cnnspec.train.data import load_dataset


def main(epochs: int = 3) -> None:
    torch.manual_seed(0)
    digits = load_dataset(Digits())
    images = torch.from_numpy(digits.train_images).permute(0, 3, 1, 2).float() / 255
    labels = torch.from_numpy(digits.train_labels).long()
    module = cnnspec.load("specs/lenet5.cnn").build(seed=0)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(epochs):
        for batch in torch.randperm(len(images)).split(32):
            loss = functional.cross_entropy(module.forward_logits(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}")
    print("weights:", ", ".join(module.state_dict()))


if __name__ == "__main__":
    main()
