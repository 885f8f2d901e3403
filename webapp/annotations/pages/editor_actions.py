"""All actions of the editor with keys and names, for the toolbar, the help sheet and the scripts."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Action:
    """``name`` is what the scripts call it; ``keys`` as the script ``keys.js`` names them, one is enough."""

    name: str
    keys: tuple[str, ...]
    label: LazyString
    icon: str = ""
    """Icon of its toolbar button; None if it has only a key, or a button elsewhere."""

    @property
    def shown_keys(self) -> list[list[str]]:
        """For display: each combination as the keys to press together."""
        ways = [
            [_SHOWN.get(part, part.upper() if len(part) == 1 else part) for part in _parts(key)]
            for key in self.keys
        ]
        return ways if len(ways) < 9 else [["1"], ["…"], ["9"]]

    @property
    def title(self) -> str:
        """The label with the first key, for a button that has no room for words."""
        return f"{self.label} ({'+'.join(self.shown_keys[0])})" if self.keys else str(self.label)


@dataclass(frozen=True)
class ActionGroup:
    """A part of the help sheet, and of the tools."""

    label: LazyString
    actions: tuple[Action, ...]


_SHOWN = {"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Escape": "Esc"}


def _parts(key: str) -> list[str]:
    return [*key[:-1].split("+")[:-1], "+"] if key.endswith("+") else key.split("+")


ARROWS = ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown")
TOOLS = ActionGroup(
    _l("Tools"),
    (
        Action("tool-select", ("v",), _l("Select"), "cursor"),
        Action("tool-frame", ("Shift+v",), _l("Select by a frame"), "bounding-box"),
        Action("tool-polygon", ("p",), _l("Polygon"), "pentagon"),
        Action("tool-box", ("b",), _l("Box"), "bounding-box-circles"),
        Action("tool-ellipse", ("e",), _l("Ellipse"), "circle"),
        Action("tool-freehand", ("f",), _l("Freehand"), "pencil"),
        Action("tool-line", ("Shift+f",), _l("Line with a width"), "slash-lg"),
        Action("tool-outline", ("g",), _l("Outline from a box"), "magic"),
        Action("tool-brush", ("q",), _l("Brush"), "brush"),
        Action("tool-eraser", ("w",), _l("Eraser"), "eraser"),
        Action("tool-comment", (";",), _l("Comment on a place"), "chat-left-text"),
        Action("tool-neighbour", ("Shift+d",), _l("Labels of the photo before, moved here"), "images"),
    ),
)
SHAPING = ActionGroup(
    _l("Reshaping"),
    (
        Action("tool-hole", ("Shift+p",), _l("Hole"), "record-circle"),
        Action("tool-split", ("Shift+s",), _l("Divide by a line"), "scissors"),
        Action("merge", ("Shift+m",), _l("Merge the selected shapes"), "union"),
        Action("cut-out", ("Shift+k",), _l("Cut the selected shape out of the others"), "subtract"),
        Action("tool-simplify", ("Shift+i",), _l("Fewer points"), "bezier"),
        Action("toggle-snap", ("z",), _l("Snap to the border of neighbours"), "magnet"),
        Action("width-up", ("k",), _l("Brush and line wider")),
        Action("width-down", ("j",), _l("Brush and line narrower")),
    ),
)
DRAWING = ActionGroup(
    _l("Drawing"),
    (
        Action("put-point", ("Shift+Enter",), _l("Put a point where the cross is")),
        Action("finish", ("Enter",), _l("Finish the shape"), "check-lg"),
        Action("cancel", ("Escape",), _l("Cancel, or select nothing"), "x-lg"),
    ),
)
OUTLINE = ActionGroup(
    _l("Outline from a box"),
    (
        Action("outline-include", ("t",), _l("This too")),
        Action("outline-exclude", ("x",), _l("Not this")),
    ),
)
SUGGESTIONS = ActionGroup(
    _l("Suggestions"),
    (
        Action("next-suggestion", ("s",), _l("Next suggestion")),
        Action("accept-suggestion", ("y",), _l("Accept the chosen suggestion, or the best")),
        Action("refuse-suggestion", ("Shift+x",), _l("Refuse the chosen suggestion, or the best")),
        Action("accept-suggestions", ("Shift+y",), _l("Accept all from the score on")),
    ),
)
EDITING = ActionGroup(
    _l("Editing"),
    (
        Action("undo", ("Ctrl+z",), _l("Undo"), "arrow-counterclockwise"),
        Action("redo", ("Ctrl+Shift+z", "Ctrl+y"), _l("Redo"), "arrow-clockwise"),
        Action("delete", ("Delete", "Backspace"), _l("Delete the shape or point"), "trash"),
        Action("copy", ("Ctrl+c",), _l("Copy"), "copy"),
        Action("paste", ("Ctrl+v",), _l("Paste"), "clipboard"),
        Action("copy-to-next", ("Ctrl+Shift+v",), _l("Copy to the next photo"), "box-arrow-in-right"),
        Action("duplicate", ("Ctrl+d",), _l("Duplicate")),
        Action("nudge", ARROWS, _l("Move the shape, point or cross by one pixel")),
        Action("nudge-far", tuple(f"Shift+{arrow}" for arrow in ARROWS), _l("Move by ten pixels")),
        Action("insert-point", ("i",), _l("Add a point after the chosen one")),
    ),
)
CHOOSING = ActionGroup(
    _l("Choosing"),
    (
        Action("next-shape", ("]",), _l("Next shape")),
        Action("previous-shape", ("[",), _l("Previous shape")),
        Action("next-point", (".",), _l("Next point of the shape")),
        Action("previous-point", (",",), _l("Previous point of the shape")),
        Action("select-all", ("Ctrl+a",), _l("Select all")),
        Action("category", tuple("123456789"), _l("Category of the next shape, or of the selected ones")),
        Action("search-category", ("/",), _l("Find a category by its name")),
        Action("hide-shape", ("Shift+n",), _l("Hide the shape, or show it"), "eye-slash"),
        Action("lock-shape", ("Shift+u",), _l("Lock the shape, or unlock it"), "lock"),
        Action("show-all-shapes", ("Shift+a",), _l("Show and unlock all shapes")),
        Action("to-front", ("Ctrl+]",), _l("Bring the shape to the front"), "front"),
        Action("to-back", ("Ctrl+[",), _l("Send the shape to the back"), "back"),
    ),
)
VIEW = ActionGroup(
    _l("View"),
    (
        Action("zoom-in", ("+", "="), _l("Larger"), "zoom-in"),
        Action("zoom-out", ("-",), _l("Smaller"), "zoom-out"),
        Action("fit", ("0",), _l("Whole photo"), "aspect-ratio"),
        Action("toggle-labels", ("h",), _l("Hide the labels"), "eye-slash"),
        Action("toggle-names", ("Shift+e",), _l("Names on the shapes"), "tag"),
        Action("toggle-crosshair", ("Shift+r",), _l("Crosshair"), "crosshair"),
        Action("toggle-focus", ("Shift+w",), _l("Photo and tools alone"), "arrows-angle-expand"),
        Action("full-screen", ("Shift+q",), _l("Full screen"), "fullscreen"),
        Action("toggle-strip", ("Shift+b",), _l("Show the row of photos")),
        Action("opacity-up", ("o",), _l("Labels stronger")),
        Action("opacity-down", ("Shift+o",), _l("Labels fainter")),
        Action("brightness-up", ("l",), _l("Photo brighter")),
        Action("brightness-down", ("Shift+l",), _l("Photo darker")),
        Action("contrast-up", ("c",), _l("More contrast")),
        Action("contrast-down", ("Shift+c",), _l("Less contrast")),
        Action("gamma-up", (">",), _l("Dark parts lighter (gamma)")),
        Action("gamma-down", ("<",), _l("Dark parts darker (gamma)")),
        Action("local-up", ("}",), _l("More local contrast")),
        Action("local-down", ("{",), _l("Less local contrast")),
        Action("reset-view", ("r",), _l("View as at the start")),
    ),
)
PHOTO = ActionGroup(
    _l("Photo"),
    (
        Action("next-photo", ("d", "PageDown"), _l("Next photo")),
        Action("previous-photo", ("a", "PageUp"), _l("Previous photo")),
        Action("next-unlabelled", ("u",), _l("Next unlabelled")),
        Action("no-object", ("n",), _l("No object here")),
        Action("review", ("m",), _l("Mark as reviewed, or take the mark back")),
        Action("panel-labels", ("!",), _l("Panel of the labels")),
        Action("panel-suggestions", ("@",), _l("Panel of the suggestions")),
        Action("history", ("Shift+h", "#"), _l("History of the labels")),
        Action("panel-comments", ("$",), _l("Panel of the comments")),
        Action("save", ("Ctrl+s",), _l("Save now")),
        Action("help", ("?",), _l("All keys"), "keyboard"),
    ),
)
GROUPS = (TOOLS, SHAPING, DRAWING, OUTLINE, SUGGESTIONS, EDITING, CHOOSING, VIEW, PHOTO)


def keys() -> dict[str, str]:
    """Names of the actions by their keys, for the scripts."""
    return {key: action.name for group in GROUPS for action in group.actions for key in action.keys}
