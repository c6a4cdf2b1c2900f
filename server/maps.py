"""/map: ties on a map of Japan or of the world; a small map for the page of an entity."""

from dataclasses import replace

from flask import Blueprint, Flask, Response, current_app, request

from .asking import about, wanted
from .entities import Entity
from .picture import MOST_LINES, Picture, on_map
from .projection import projection
from .rendering import language, render_page
from .resources import respond_with_html
from .ties import Agent, Tie, Ties

blueprint = Blueprint("maps", __name__)
VIEWS = ("japan", "world")
# Pixels that a small map is wide; how much larger than the whole it may be, as the outline allows.
SMALL = 480
CLOSEST = 4


def _in_view(ties: Ties, chosen: list[Tie], view: str) -> list[Tie]:
    """Return the ties that a map is for, if both ends have a place: at home, or abroad."""

    def is_shown(tie: Tie) -> bool:
        ends = [ties.agents[end] for end in tie.ends]
        is_at_home = all(agent.is_in_japan for agent in ends)
        return is_at_home == (view == "japan") and all(agent.place for agent in ends)

    return [tie for tie in chosen if is_shown(tie)]


def _view(ties: Ties, subject: Agent | None) -> str:
    """Return the map asked for; without a word that on which a subject has most ties."""
    asked = request.args.get("view", "")
    if asked in VIEWS:
        return asked
    if subject is None:
        return "japan"
    own = ties.of[subject.ref.value]
    at_home = sum(all(ties.agents[end].is_in_japan for end in tie.ends) for tie in own)
    return "japan" if 2 * at_home >= len(own) else "world"


@blueprint.get("/map")
def ties_on_a_map() -> Response:
    """Return the map of the ties wanted, and a table of the same ties."""
    return respond_with_html(_map_page)


def _map_page() -> str:
    ties = current_app.extensions["enishi"].ties
    filters, name = about(ties, wanted())
    chosen = ties.choose(filters)
    view = _view(ties, name.agent)
    shown = _in_view(ties, chosen, view)
    picture = on_map(ties, shown[:MOST_LINES], projection(view)).label(language())
    without = sum(any(ties.agents[end].place is None for end in tie.ends) for tie in chosen)
    return render_page(
        "map.html", picture=picture, agents=ties.agents, ties=ties, filters=filters, name=name,
        view=view, shown=shown, without=without, elsewhere=len(chosen) - len(shown) - without,
        most=MOST_LINES,
    )  # fmt: skip


def small_map(entity: Entity) -> tuple[Picture, str] | None:
    """Return the map of an entity, its partners and their ties, and which map it is.

    None where the entity has no place of its own, or no tie that a map can show.
    """
    ties: Ties = current_app.extensions["enishi"].ties
    if entity.position is None or entity.iri not in ties.agents:
        return None
    agent = ties.agents[entity.iri]
    view = _view(ties, agent)
    shown = [
        tie
        for tie in ties.of[entity.iri]
        if all(ties.agents[end].place is not None for end in tie.ends)
        and (view == "world" or all(ties.agents[end].is_in_japan for end in tie.ends))
    ]
    if not shown:
        return None
    picture = on_map(ties, shown, projection(view))
    return _cut(picture).label(language(), most=12), view


def register(app: Flask) -> None:
    """Let `app` answer /map; in a template small_map(entity) is the map of an entity."""
    app.register_blueprint(blueprint)
    # Read now: a confined worker process opens no file.
    for view in VIEWS:
        projection(view)
    app.jinja_env.globals["small_map"] = small_map


def _cut(picture: Picture) -> Picture:
    """Return the part of a map that its dots are in, with some land around."""
    xs, ys = [dot.x for dot in picture.dots], [dot.y for dot in picture.dots]
    _, _, width, height = picture.view
    margin = width / 20
    wide = max(max(xs) - min(xs) + 2 * margin, width / CLOSEST)
    tall = max(max(ys) - min(ys) + 2 * margin, height / CLOSEST)
    wide = min(width, max(wide, 1.2 * tall))
    tall = min(height, max(tall, wide / 2))
    left = min(max(0.0, (min(xs) + max(xs) - wide) / 2), width - wide)
    top = min(max(0.0, (min(ys) + max(ys) - tall) / 2), height - tall)
    return replace(picture, view=(left, top, wide, tall), pixels=SMALL)
