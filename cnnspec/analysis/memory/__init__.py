"""How much memory a network takes, in bytes, for inference and for training.

A model of memory, with these conventions. What a library's own code, its workspaces and its allocator's gaps take is apart.

- *Inference* runs the layers in the file's order. A value is there from the layer that makes it to its last reader, an
  input from the start, an output to the end. A layer's output and its inputs are there together; the function at its end
  (``activation=…``) works in place. What only looks at values differently (Flatten, Reshape, Permute, Slice, Identity) copies
  nothing, nor does what acts in training only. Weights are there once, however often they are used.
- *Training* holds the weights, a gradient for each weight that is trained, the optimizer's slots, and what the layers keep
  for the backward pass: the values that Torch's automatic differentiation saves, each once, whoever keeps it. The loss
  keeps the outputs and targets of the same size.
- *Precision*: ``float32`` is 4 bytes throughout. For inference ``float16`` and ``bfloat16`` are 2 bytes throughout; training
  is mixed (Micikevicius et al. 2018): weights, gradients and slots stay in 4 bytes, values take 2, and a copy of the weights
  in 2 bytes is what layers compute with. Statistics keep 4 bytes, places of maxima 8.
"""
