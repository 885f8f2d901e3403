"""Help on each screen: what it is for, the next step, the keys. For a person of the shop floor."""

from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True)
class Help:
    """Of one screen."""

    purpose: str
    next_step: str
    keys: tuple[tuple[str, str], ...] = ()
    """What is pressed, and what it does."""


def of_screen(endpoint: str) -> Help:
    """Of a page by its endpoint."""
    return _of(endpoint) or _of(endpoint.split(".")[0]) or _general()


def _of(page: str) -> Help | None:
    match page:
        case "models":
            return Help(
                _("A model is one kind of part and what is to be found on it. Choose the one to work in."),
                _("New here? Create a model, or open the one with example photos: it shows every step."),
            )
        case "images" | "photo_actions":
            return Help(
                _(
                    "The photos of this model. It learns from those for training, is checked with those for checking "
                    "and judged by those for the test."
                ),
                _("Add photos or a COCO file, then label the photos with the red frame."),
                (
                    ("← → ↑ ↓", _("to the next photo")),
                    (_("Space"), _("tick it; with Shift a range")),
                    ("Enter", _("open it large")),
                    ("Esc", _("take all ticks away")),
                ),
            )
        case "images.show":
            return Help(
                _("One photo with its labels, who changed it, and where it was predicted."),
                _("Press Annotate to correct its labels."),
                (("← →", _("previous and next photo")), ("+ −", _("zoom, in the large view"))),
            )
        case "annotate" | "photo_labels" | "via":
            return Help(
                _("Draw around everything that the model shall find, on each photo."),
                _("Choose a category, draw, and go on to the next photo: it is saved by itself."),
                (("?", _("all keys of this page")),),
            )
        case "training" | "training.new":
            return Help(
                _("The model learns from the labelled photos. It takes minutes to hours."),
                _("Choose a time and press Start training. Fast shows whether the labels make sense."),
            )
        case "training.show":
            return Help(
                _("The training as it goes. Both lines fall while the model learns."),
                _("Nothing needs to be done: the page may be closed. When it has ended, open the result."),
            )
        case "training.result" | "training.report":
            return Help(
                _("How good the model is: what it finds, what it misses, how often it is wrong."),
                _(
                    "Look at the photos that it gets wrong. More of such photos in the training help most. Then save "
                    "the weights, or predict."
                ),
            )
        case "training.record" | "training.compare":
            return Help(
                _("All trainings of this model, the last one on top, and the weights that are in use."),
                _("Tick two trainings and compare them, or start a new one."),
            )
        case "predict" | "predict.new":
            return Help(
                _("The trained model looks for its categories on new photos."),
                _("Choose photos, then press Start prediction."),
            )
        case "predict.show":
            return Help(
                _("What was found on each photo. The numbers are those of the table behind Expand."),
                _(
                    "Say of each photo whether it is right: what is wrong is corrected, and the next training "
                    "learns it."
                ),
                (
                    ("R", _("everything is right")),
                    ("W", _("something is wrong: correct it")),
                    ("M", _("masks on or off")),
                    ("L", _("numbers on or off")),
                    ("N", _("names on or off")),
                ),
            )
        case "imports" | "exports":
            return Help(
                _("Labels and photos come from other programs here, and go to them."),
                _("Choose files; a preview says what will happen before anything changes."),
            )
        case "similar_photos" | "split_plan" | "class_statistics":
            return Help(
                _("Shows whether photos and labels are good to learn from."),
                _("Follow what is marked in amber, then train again."),
            )
        case "label_mistakes":
            return Help(
                _("Shows the labels with which networks disagree that had not learnt from the photo."),
                _("Decide each by a key. What you keep is not asked again until the label changes."),
                (
                    ("A", _("correct it as it was found")),
                    ("K", _("keep it as it is")),
                    ("E", _("correct it by hand")),
                    ("N P", _("skip it, and back")),
                    ("U", _("take the last decision back")),
                ),
            )
        case _:
            return _of_other_screens(page)


def _of_other_screens(page: str) -> Help | None:
    """Of those beside the ten steps."""
    match page:
        case "models.edit" | "model_copy" | "value_range":
            return Help(
                _(
                    "Name, description and picture of a model; how its photos are read; a copy of it; its deletion."
                ),
                _("Change what is to be different and save. A deleted model stays in the trash for a while."),
            )
        case "model_trash" | "photo_trash":
            return Help(
                _("What was deleted stays here for 30 days, then it goes for good."),
                _("Press Restore beside what you need again."),
            )
        case "members":
            return Help(
                _("Who may see and change this model."),
                _(
                    "Search a person by name, and give the role. A closed model is there for its members alone."
                ),
            )
        case "teamwork":
            return Help(
                _("Who labels which photos, and how far everybody is."),
                _("Share the photos that are left among people; each finds their own on the first page."),
            )
        case "photo_groups" | "photo_parts" | "folds" | "doubled_labels":
            return Help(
                _("Photos of the same part look alike. Kept together they make the test honest."),
                _("Say how parts are told apart, then split the photos automatically."),
            )
        case "predict.compare" | "predict.rules":
            return Help(
                _("What makes a photo OK or NG, and how two predictions of the same photos differ."),
                _(
                    "Make a rule such as: more than 0 scratches is NG. Or choose the prediction to compare with."
                ),
            )
        case "line":
            return Help(
                _("Machines of the line send photos to this model, one by one or by a folder."),
                _("Give the line a token or a folder, and send a photo to try it."),
            )
        case "users" | "audit" | "space" | "one_time":
            return Help(
                _("For administrators: people and their roles, what was done by whom, room on the disk."),
                _("Choose a line to see more or to change it."),
            )
        case "account" | "api_tokens" | "preferences":
            return Help(
                _("Your own name, password, open sessions and keys for scripts."),
                _("Change your password here. End sessions that you do not know."),
            )
        case "board":
            return Help(
                _("What the machine is working on and what waits, of all models."),
                _("Press a line to look at that work."),
            )
        case "system":
            return Help(
                _("Every process, what waits, the machine, and what went wrong last."),
                _("What is red or amber wants somebody: the error says which run or request it was."),
            )
        case "alerts":
            return Help(
                _(
                    "The installation tells people by mail, and other programs by a webhook, what happens here."
                ),
                _("Tick what is to be told, enter who is told, save, then send a test."),
            )
        case _:
            return None


def _general() -> Help:
    return Help(
        _("Label photos, train a model with them, and let it find the same things on new photos."),
        _("The steps at the left lead through it: images, annotate, train, predict."),
    )
