"""Texts of the training parameters: label, help, unit, names of choices, and group."""

from flask_babel import lazy_gettext as _l

from webapp.contracts.training_parameters import QUICK_MINUTES, STANDARD_MINUTES, THOROUGH_MINUTES

GROUP_LABELS = {
    "basic": _l("Basic"),
    "learning": _l("Learning"),
    "photos": _l("Photos and augmentation"),
    "validation": _l("Checking and saving"),
    "machine": _l("Machine"),
}
"""In the order of the form. ``basic`` is always visible, the others are under *Advanced*."""

GROUPS = {
    "architecture": "basic",
    "time_budget_minutes": "basic",
    "iterations": "basic",
    "epochs": "basic",
    "folds": "basic",
    "batch_size": "basic",
    "learning_rate": "learning",
    "schedule": "learning",
    "warmup_iterations": "learning",
    "optimizer": "learning",
    "momentum": "learning",
    "weight_decay": "learning",
    "frozen_stages": "learning",
    "image_size": "photos",
    "window_size": "photos",
    "anchor_size": "photos",
    "scale_jitter": "photos",
    "horizontal_flip": "photos",
    "vertical_flip": "photos",
    "rotation": "photos",
    "crop": "photos",
    "brightness": "photos",
    "contrast": "photos",
    "blur": "photos",
    "copy_paste": "photos",
    "validation_period": "validation",
    "early_stopping": "validation",
    "checkpoint_period": "validation",
    "final_weights": "validation",
    "score_threshold": "validation",
    "seed": "machine",
    "mixed_precision": "machine",
    "data_workers": "machine",
}

UNITS = {
    "time_budget_minutes": _l("minutes"),
    "iterations": _l("iterations"),
    "epochs": _l("passes"),
    "folds": _l("folds"),
    "batch_size": _l("photos"),
    "warmup_iterations": _l("iterations"),
    "frozen_stages": _l("stages"),
    "image_size": _l("px, short side"),
    "window_size": "px",
    "anchor_size": "px",
    "scale_jitter": "%",
    "rotation": _l("degrees"),
    "crop": "%",
    "brightness": "%",
    "contrast": "%",
    "blur": "px",
    "copy_paste": "%",
    "validation_period": _l("iterations"),
    "early_stopping": _l("checks"),
    "checkpoint_period": _l("iterations"),
    "data_workers": _l("threads"),
}

LABELS = {
    "architecture": _l("Architecture"),
    "time_budget_minutes": _l("Time"),
    "iterations": _l("Iterations"),
    "epochs": _l("Epochs"),
    "folds": _l("Cross-validation"),
    "batch_size": _l("Batch size"),
    "learning_rate": _l("Learning rate"),
    "schedule": _l("Schedule"),
    "warmup_iterations": _l("Warm-up"),
    "optimizer": _l("Optimizer"),
    "momentum": _l("Momentum"),
    "weight_decay": _l("Weight decay"),
    "frozen_stages": _l("Frozen stages"),
    "image_size": _l("Image size"),
    "window_size": _l("Window"),
    "anchor_size": _l("Smallest anchor"),
    "scale_jitter": _l("Scale"),
    "horizontal_flip": _l("Mirror photos"),
    "vertical_flip": _l("Mirror top to bottom"),
    "rotation": _l("Rotation"),
    "crop": _l("Crop"),
    "brightness": _l("Brightness"),
    "contrast": _l("Contrast"),
    "blur": _l("Blur"),
    "copy_paste": _l("Copy and paste"),
    "validation_period": _l("Check every"),
    "early_stopping": _l("Early stop"),
    "checkpoint_period": _l("Save every"),
    "final_weights": _l("Weights to keep"),
    "score_threshold": _l("Score threshold"),
    "seed": _l("Random seed"),
    "mixed_precision": _l("Mixed precision"),
    "data_workers": _l("Data workers"),
}

HELP = {
    "architecture": _l("The network that is trained; the small one is right for a machine without a GPU."),
    "time_budget_minutes": _l(
        "How long the training takes; longer usually learns more. Iterations or epochs that you enter count instead."
    ),
    "iterations": _l("How many batches the model sees, if you want a fixed number instead of a time."),
    "epochs": _l(
        "How often the model sees every training photo, if you want that instead of a time; 0 is off."
    ),
    "folds": _l(
        "Each labelled photo judges once, in one of so many folds, while the model learns from the others; the weights "
        "are trained on all photos at the end. The time is shared equally: with 5 folds each of them and the weights "
        "get a sixth. Without folds the photos kept for the test judge."
    ),
    "batch_size": _l("Photos seen in one iteration; more needs more memory."),
    "learning_rate": _l("How large each learning step is; lower it when the loss turns into NaN."),
    "schedule": _l("How the learning rate falls towards the end; a constant one rarely ends as well."),
    "warmup_iterations": _l("Iterations during which the learning rate rises from almost zero."),
    "optimizer": _l(
        "SGD is the proven choice; AdamW needs about a tenth to a fiftieth of its learning rate."
    ),
    "momentum": _l("How much of the earlier steps each step keeps; only for SGD."),
    "weight_decay": _l("Pulls the weights towards zero, against learning the photos by heart."),
    "frozen_stages": _l(
        "The first stages of the network keep what they know: faster, and steadier with few photos; 0 trains all."
    ),
    "image_size": _l("Photos are scaled to this short side; larger finds smaller things and takes longer."),
    "window_size": _l(
        "Training looks at square parts of the photos, mostly around labels, of this side after scaling; 0 takes whole "
        "photos. Predictions always see the whole photo."
    ),
    "anchor_size": _l(
        "Side of the smallest box from which the network starts looking, after scaling; smaller for smaller labels."
    ),
    "scale_jitter": _l("Photos are shown up to this much smaller or larger while training; 0 is off."),
    "horizontal_flip": _l("Half of the photos are mirrored left to right while training."),
    "vertical_flip": _l(
        "Half of the photos are mirrored top to bottom while training; for parts that lie any way round."
    ),
    "rotation": _l("Photos are turned by up to this angle to either side while training; 0 is off."),
    "crop": _l("Up to this share of height and width is cut off while training; 0 is off."),
    "brightness": _l("Photos become up to this much darker or brighter while training; 0 is off."),
    "contrast": _l("Photos get up to this much less or more contrast while training; 0 is off."),
    "blur": _l("Photos are blurred by up to this radius while training; 0 is off."),
    "copy_paste": _l(
        "This share of the photos gets objects of another photo while training; 0 is off. The preview does not show "
        "it."
    ),
    "validation_period": _l(
        "After how many iterations loss and AP of the validation photos are taken, which finds the best weights."
    ),
    "early_stopping": _l("Training ends after so many checks in a row without a better result; 0 is off."),
    "checkpoint_period": _l("After how many iterations the weights are saved on the way."),
    "final_weights": _l(
        "The weights that are tested at the end: the last ones, or those that found most on the validation photos."
    ),
    "score_threshold": _l(
        "Detections below this score are left out of the sample photos. Another value than 0.5 is also used in place "
        "of the thresholds that the training advises."
    ),
    "seed": _l("The same seed, photos and parameters give the same losses on a CPU."),
    "mixed_precision": _l("Faster and smaller on a GPU; has no effect on a CPU."),
    "data_workers": _l("Threads that prepare the next photos meanwhile; 0 prepares them in between."),
}

ARCHITECTURE_NAMES = {"efficientnet_lite0_fpn": "EfficientNet-Lite0 FPN", "r50_fpn": "ResNet-50 FPN"}

PRESETS = {
    str(QUICK_MINUTES): (_l("Fast"), _l("a first look")),
    str(STANDARD_MINUTES): (_l("Standard"), _l("right for most")),
    str(THOROUGH_MINUTES): (_l("Thorough"), _l("for what is hard to find")),
}
"""Names of the times that the form offers, by minutes, and what they are good for."""

CHOICES = {
    "architecture": ARCHITECTURE_NAMES,
    "schedule": {
        "step": _l("A tenth after three quarters"),
        "cosine": _l("Falling like a cosine"),
        "constant": _l("Constant"),
    },
    "optimizer": {"sgd": "SGD", "adamw": "AdamW"},
    "final_weights": {"last": _l("The last"), "best": _l("The best")},
}
"""Names of the choices of a parameter."""
