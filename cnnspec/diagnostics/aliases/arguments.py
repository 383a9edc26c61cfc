"""Names of arguments and of a recipe's keys elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.diagnostics.aliases.entry import ArgumentAlias

_CHANNELS_IN = "the channels of the input follow from what flows in: leave {0} out"
_SUPERFLUOUS = {
    **dict.fromkeys(("in_channels", "num_features", "num_channels", "input_channels"), _CHANNELS_IN),
    "in_features": "the size of the input follows from what flows in: leave {0} out",
    "normalized_shape": "the axes follow from what flows in: leave {0} out",
    "input_shape": "the shape of the input stands at the top of the model: `input 28x28x1`",
    "batch_input_shape": "the shape of the input stands at the top of the model: `input 28x28x1`",
    "input_dim": "the shape of the input stands at the top of the model: `input 784`",
    "inplace": "whether memory is reused does not belong to the architecture: leave {0} out",
    "in_place": "whether memory is reused does not belong to the architecture: leave {0} out",
    "engine": "how it is computed does not belong to the architecture: leave {0} out",
    "device": "the device belongs to the command, not to a layer: leave {0} out",
    "dtype": "precision belongs to the recipe, not to a layer: leave {0} out",
    "track_running_stats": "running statistics are always kept: leave {0} out",
    "use_global_stats": "running statistics are used outside of training, batches' in it: leave {0} out",
    "start_dim": "Flatten keeps the batch and flattens all else: leave {0} out",
    "end_dim": "Flatten keeps the batch and flattens all else: leave {0} out",
    "return_indices": "nothing takes the indices: leave {0} out",
    "align_corners": "bilinear upsampling follows Keras, without aligned corners: leave {0} out",
    "fused": "how it is computed does not belong to the architecture: leave {0} out",
}

#: Where only the name differs; the first target that the layer has is meant.
_RENAMED = {
    "stride": ("strides",),
    "subsample": ("strides",),
    "out_channels": ("filters",),
    "num_output": ("filters", "units"),
    "num_filters": ("filters",),
    "n_filters": ("filters",),
    "channels": ("filters",),
    "nb_filter": ("filters",),
    "out_features": ("units",),
    "output_dim": ("units",),
    "num_units": ("units",),
    "n_units": ("units",),
    "bias": ("use_bias", "k"),
    "bias_term": ("use_bias",),
    "elementwise_affine": ("scale",),
    "dilation": ("dilation_rate",),
    "dilations": ("dilation_rate",),
    "atrous_rate": ("dilation_rate",),
    "rate": ("dilation_rate",),
    "kernel": ("kernel_size",),
    "kernel_size": ("pool_size",),
    "kernel_shape": ("kernel_size", "pool_size"),
    "filter_size": ("kernel_size",),
    "ksize": ("kernel_size", "pool_size"),
    "k": ("kernel_size", "pool_size", "size"),
    "window_size": ("pool_size",),
    "size": ("kernel_size", "pool_size"),
    "pad": ("padding",),
    "pads": ("padding",),
    "border_mode": ("padding",),
    "p": ("rate",),
    "prob": ("rate",),
    "dropout_ratio": ("rate",),
    "drop_prob": ("rate",),
    "eps": ("epsilon",),
    "lr": ("learning_rate",),
    "step_size": ("learning_rate",),
    "group": ("groups",),
    "num_groups": ("groups",),
    "local_size": ("size",),
    "dim": ("axis",),
    "dims": ("axis", "target_shape"),
    "shape": ("target_shape",),
    "scale_factor": ("size",),
    "upscale_factor": ("factor", "size"),
    "mode": ("interpolation",),
    "output_size": ("size", "output_size", "pool_size"),
    "init": ("kernel_initializer",),
    "weights_initializer": ("kernel_initializer",),
    "weight_filler": ("kernel_initializer",),
    "bias_filler": ("bias_initializer",),
    "weight_regularizer": ("kernel_regularizer",),
    "W_regularizer": ("kernel_regularizer",),
    "nonlinearity": ("activation",),
    "act": ("activation",),
    "activation_fn": ("activation",),
    "ceil": ("ceil_mode",),
    "slope": ("negative_slope",),
    "filepath": ("path",),
    "filename": ("path",),
}

#: Where the value differs too.
_HINTS = {
    "keep_prob": (("rate",), "rate is the share that is dropped: rate = 1 − keep_prob"),
    "depth_radius": (("size",), "size counts all neighbours: size = 2·depth_radius + 1"),
    "betas": (("beta_1",), "write beta_1=0.9, beta_2=0.999"),
    "rho": (("rho", "beta_1"), "write rho of RMSprop, or beta_1 of Adam"),
    "weight_decay": (("kernel_regularizer",), "a penalty on the weights is `kernel_regularizer=l2(1e-4)`"),
    "decay": (("learning_rate",), "a rate that falls is the recipe's `schedule = exponential(…)`"),
    **dict.fromkeys(
        ("use_ema", "ema_momentum", "ema_overwrite_frequency"),
        (("learning_rate",), "an average of the weights is the recipe's `ema = 0.99`"),
    ),
    "gradient_accumulation_steps": (("learning_rate",), "a step is one batch: give the recipe a larger batch_size"),
    "loss_scale_factor": (("learning_rate",), "the recipe's `precision = float16` scales the loss by itself"),
    "affine": (("center",), "write center=false, scale=false for affine=false"),
    "kernel_h": (("kernel_size",), "both sides are one argument: `kernel_size=3x5` for kernel_h 3 and kernel_w 5"),
    "kernel_w": (("kernel_size",), "both sides are one argument: `kernel_size=3x5` for kernel_h 3 and kernel_w 5"),
    "stride_h": (("strides",), "both sides are one argument: `strides=[1, 2]`"),
    "stride_w": (("strides",), "both sides are one argument: `strides=[1, 2]`"),
    "pad_h": (("padding",), "both sides are one argument: `padding=[1, 2]`"),
    "pad_w": (("padding",), "both sides are one argument: `padding=[1, 2]`"),
    "global_pooling": (("pool_size",), "there are GlobalAvgPool2D and GlobalMaxPool2D"),
    "operation": ((), "each operation is a layer: Add, Multiply, Maximum"),
    "nb_row": (("kernel_size",), "both sides are one argument: `kernel_size=3x3`"),
    "nb_col": (("kernel_size",), "both sides are one argument: `kernel_size=3x3`"),
}

#: What other libraries call an argument.
ARGUMENTS: Mapping[str, ArgumentAlias] = {
    **{name: ArgumentAlias(targets) for name, targets in _RENAMED.items()},
    **{name: ArgumentAlias(targets, hint) for name, (targets, hint) in _HINTS.items()},
    **{name: ArgumentAlias((), hint.format(name), superfluous=True) for name, hint in _SUPERFLUOUS.items()},
}

_RATE = "the optimizer takes it: `optimizer = SGD(learning_rate=0.01)`"

#: What other libraries call a key of a recipe.
KEYS: Mapping[str, ArgumentAlias] = {
    **{name: ArgumentAlias(("data",)) for name in ("dataset", "train_data", "train_dataset")},
    **{name: ArgumentAlias(("batch_size",)) for name in ("batch", "bs", "minibatch", "train_batch_size")},
    **{name: ArgumentAlias(("epochs",)) for name in ("epoch", "num_epochs", "n_epochs", "nb_epoch", "max_epochs")},
    **{name: ArgumentAlias(("validation",)) for name in ("validation_split", "val_split", "validation_size")},
    **{name: ArgumentAlias(("loss",)) for name in ("criterion", "objective", "loss_fn", "loss_function")},
    **{name: ArgumentAlias(("optimizer",)) for name in ("optim", "optimiser", "solver", "solver_type")},
    **{name: ArgumentAlias(("seed",)) for name in ("random_seed", "random_state", "manual_seed")},
    **{name: ArgumentAlias(("metrics",)) for name in ("metric", "measures")},
    **{name: ArgumentAlias(("callbacks",)) for name in ("callback", "hooks")},
    **{name: ArgumentAlias(("normalize",)) for name in ("normalise", "normalization", "scaling")},
    **{name: ArgumentAlias(("pad",)) for name in ("padding", "image_padding")},
    **{name: ArgumentAlias(("resize",)) for name in ("image_size", "size", "target_size")},
    **{name: ArgumentAlias(("schedule",)) for name in ("scheduler", "lr_schedule", "lr_scheduler", "learning_rate_schedule")},
    **{name: ArgumentAlias(("clip_norm",)) for name in ("global_clipnorm", "grad_clip", "gradient_clip_val", "max_grad_norm")},
    **{name: ArgumentAlias(("precision",)) for name in ("amp", "mixed_precision", "dtype")},
    **{name: ArgumentAlias(("augment",)) for name in ("augmentation", "augmentations", "transforms", "data_augmentation")},
    **{name: ArgumentAlias(("ema",)) for name in ("ema_momentum", "ema_decay", "use_ema")},
    **{name: ArgumentAlias((), _RATE) for name in ("lr", "learning_rate", "base_lr", "momentum", "weight_decay", "beta_1")},
    "shuffle": ArgumentAlias((), "the training set is shuffled anew in every epoch: leave shuffle out", superfluous=True),
    "device": ArgumentAlias((), "the device belongs to the command: `cnnspec train FILE --device cuda`"),
    "verbose": ArgumentAlias((), "what is shown belongs to the command: `cnnspec train FILE -q`"),
    **{
        name: ArgumentAlias((), f"how samples are loaded does not belong to the recipe: leave {name} out", superfluous=True)
        for name in ("num_workers", "workers", "pin_memory", "drop_last")
    },
    "patience": ArgumentAlias((), "a callback takes it: `callbacks = [EarlyStopping(monitor=loss, patience=3)]`"),
    "early_stopping": ArgumentAlias((), "it is a callback: `callbacks = [EarlyStopping(monitor=loss, patience=3)]`"),
    "steps": ArgumentAlias((), "a run is counted in epochs: `epochs = 5`"),
    "max_iter": ArgumentAlias((), "a run is counted in epochs: `epochs = 5`"),
}
