"""Help on a screen, fetched when it is asked for."""

from flask import Blueprint, render_template, request

from webapp.models import Role
from webapp.web import help_words
from webapp.web.guards import requires

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@requires(Role.VIEWER)
def page() -> str:
    """Of a screen by its endpoint, such as ``images.index``; of the product where there is none of its own."""
    return render_template("operations/help.html", help=help_words.of_screen(request.args.get("screen", "")))
