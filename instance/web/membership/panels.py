"""Panels: people drawn by lot, and on one page how, for whoever doubts it.

The clerk carries it through its stages; nobody chooses who is drawn.
"""

import asyncio
import contextlib
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Filled, Invalid, Refused
from confederation.membership import panel
from confederation.sortition import quotas
from confederation.sortition.lottery import USUAL_LENGTH
from confederation.sortition.quotas import Feature, Quota
from confederation.sortition.sharing import MOST_RESIDENTS, by_population
from instance.dealings import asks
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import panels, seeds, solving
from instance.membership.solving import Made, Task
from instance.store import events, records
from instance.web import asking, languages, naming, paper, telling
from instance.web.deciding import decided
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import draws
from instance.web.membership import panel_page, pools
from instance.web.membership.panel_page import Making
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, Visit, signed_in, the_member

MOST_IN_QUESTION: Final = 300
MOST_IN_FEATURES: Final = 2_000
MOST_IN_REPORT: Final = 12_000
MOST_IN_NAME: Final = 120
MOST_VALUES: Final = 80
"""Values of all features together: as many as a form has room for quotas."""
WAITED_FOR: Final = 8.0
"""Seconds for which whoever has a list made waits for it; then it is made beside."""


def routes(site: Site) -> list[Route]:
    making: dict[str, Making] = {}

    async def listed(request: Request) -> Response:
        visit: Visit = request.state.visit
        clerk = visit.member is not None and "clerk" in visit.member.roles

        def look(
            desk: Desk,
        ) -> tuple[list[panel_page.Line], tuple[decided.Choice, ...], str]:
            choices = decided.newest(desk) if clerk else ()
            once = visit.entered.get("once", "") or desk.new_id()
            return panel_page.lines(desk), choices, once

        found, choices, once = await site.node.look(look)
        return render(
            request,
            "panels.html",
            lines=found,
            decisions=choices,
            once=once,
            is_clerk=clerk,
        )

    async def page(request: Request) -> Response:
        member, id = signed_in(request), request.path_params["id"]
        found = making.get(id, Making())
        shown = await site.node.look(
            lambda desk: panel_page.view(desk, id, member, found)
        )
        return render(request, "panel.html", page=shown)

    async def sheet(request: Request) -> Response:
        id = request.path_params["id"]
        shown = await site.node.look(
            lambda desk: panel_page.view(desk, id, None, Making())
        )
        return paper.show(
            request,
            "sheet_panel.html",
            back=shown.href,
            page=shown,
            address=f"{site.node.config.base}{shown.href}",
        )

    async def begin(request: Request, form: Form) -> Response:
        form.only("once", "question", "decision", "places", "features", "how")
        member, id = asking.an_officer(request, "clerk"), telling.once(form)
        question = form.line("question", "The question", most=MOST_IN_QUESTION)
        places = form.whole("places", "Places", least=1, most=quotas.MOST_PLACES)
        features = read_features(
            form.text("features", "What counts", least=0, most=MOST_IN_FEATURES)
        )
        how = form.choice("how", "How it is drawn", among=("seeds", "balls"))

        def carry_out(desk: Desk) -> None:
            keep = events.keep_wording
            panels.begin(
                desk,
                id,
                question=keep(desk.connection, question),
                decision=decided.read(desk, form),
                places=places,
                features=features,
                how="balls" if how == "balls" else "seeds",
                ours=keep(desk.connection, naming.our_name(desk)),
                by=member.id,
            )

        await site.work(carry_out)
        return see_other(f"/panels/{id}")

    async def commit(request: Request, form: Form) -> Response:
        form.only("party", "commitment")
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]
        party = form.line("party", "Who gives a seed", most=MOST_IN_NAME)
        digest = asking.digest_from(form.one("commitment"))
        if digest is None:
            raise Invalid(
                "“What commits to it”: this is sha256: and 64 letters and figures."
            )

        def carry_out(desk: Desk) -> None:
            named = events.keep_wording(desk.connection, party)
            panels.commit(desk, id, party=named, commitment=digest, by=member.id)

        await site.work(carry_out)
        return see_other(f"/panels/{id}#seeds")

    async def ask(request: Request, form: Form) -> Response:
        form.only("assembly")
        asking.an_officer(request, "clerk")
        id = request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            known = [
                each.id for each in records.assemblies(desk.connection) if not each.ours
            ]
            for each in form.choices("assembly", "Whom we ask", among=known):
                named = naming.assembly(desk, each)
                seeds.ask(desk, id, named.id, name=named.name)

        await site.work(carry_out)
        return see_other(f"/panels/{id}#givers")

    async def step(request: Request, form: Form) -> Response:
        form.only("step")
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]
        chosen = form.choice("step", N_("What is next"), among=tuple(STEPS))
        await site.work(lambda desk: STEPS[chosen](desk, id, member))
        return see_other(f"/panels/{id}")

    async def set_quotas(request: Request, form: Form) -> Response:
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            state = panels.load(desk, id)
            wanted = _quotas(form, state)
            panels.act(
                desk,
                id,
                panel.SetQuotas(quotas=wanted, by=member.id, at=desk.now),
            )

        await site.work(carry_out)
        making.pop(id, None)
        return see_other(f"/panels/{id}#list")

    async def populate(request: Request, form: Form) -> Response:
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            state = panels.load(desk, id)
            wanted = _by_population(form, state)
            panels.act(
                desk, id, panel.SetQuotas(quotas=wanted, by=member.id, at=desk.now)
            )

        await site.work(carry_out)
        making.pop(id, None)
        return see_other(f"/panels/{id}#quotas")

    async def make(request: Request, form: Form) -> Response:
        form.only()
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]
        task = await site.node.look(lambda desk: _task(desk, id))
        now = making.setdefault(id, Making())
        if now.task is None or now.task.done():
            now.easings, now.says = (), ""
            now.task = asyncio.create_task(_make(site, id, task, now, member))
        await asyncio.wait([now.task], timeout=WAITED_FOR)
        return see_other(f"/panels/{id}#list")

    async def tell(request: Request, form: Form) -> Response:
        form.only("commitment", "seed")
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]
        digest = asking.the_digest(form.one("commitment"), N_("Whose seed"))
        typed = form.one("seed").strip().lower() or None
        await site.work(lambda desk: panels.tell(desk, id, digest, typed, by=member.id))
        return see_other(f"/panels/{id}#seeds")

    async def balls(request: Request, form: Form) -> Response:
        form.only("number")
        member, id = the_member(request), request.path_params["id"]
        number = form.whole("number", N_("The number"), most=USUAL_LENGTH - 1)

        def carry_out(desk: Desk) -> None:
            command = panel.EnterBalls(number=number, by=member.id, at=desk.now)
            panels.act(desk, id, command)
            panels.draw_if_known(desk, id, by=member.id)

        await site.work(carry_out)
        return see_other(f"/panels/{id}#draw")

    async def report(request: Request, form: Form) -> Response:
        form.only("words", "signers")
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]
        words = form.text("words", N_("The words"), most=MOST_IN_REPORT)
        signers = form.one("signers") and form.whole(
            "signers", "How many signed it", least=1, most=quotas.MOST_PLACES
        )

        def carry_out(desk: Desk) -> None:
            kept = events.keep_wording(desk.connection, words)
            command: panel.Command = (
                panel.AttachMinority(
                    words=kept, signers=signers, by=member.id, at=desk.now
                )
                if isinstance(signers, int)
                else panel.ReportPanel(report=kept, by=member.id, at=desk.now)
            )
            panels.act(desk, id, command)
            events.release(desk.connection, [kept])

        await site.work(carry_out)
        return see_other(f"/panels/{id}#report")

    async def answered(request: Request, form: Form) -> Response:
        form.only("ask")
        member, id = asking.an_officer(request, "clerk"), request.path_params["id"]
        digest = asking.the_digest(form.one("ask"), N_("What was put to somebody"))

        def carry_out(desk: Desk) -> None:
            asks.entry(desk, digest)
            command = panel.AnswerPanel(ask=digest, by=member.id, at=desk.now)
            panels.act(desk, id, command)

        await site.work(carry_out)
        return see_other(f"/panels/{id}#report")

    return [
        site.page("/panels", listed),
        site.form("/panels", begin, again=listed),
        *draws.routes(site),
        site.page("/panels/{id}", page),
        site.page("/panels/{id}/sheet", sheet),
        site.form("/panels/{id}/commit", commit, again=page),
        site.form("/panels/{id}/ask", ask, again=page),
        site.form("/panels/{id}/step", step, again=page),
        site.form("/panels/{id}/quotas", set_quotas, again=page),
        site.form("/panels/{id}/population", populate, again=page),
        site.form("/panels/{id}/make", make, again=page),
        site.form("/panels/{id}/tell", tell, again=page),
        site.form("/panels/{id}/balls", balls, again=page),
        site.form("/panels/{id}/report", report, again=page),
        site.form("/panels/{id}/answered", answered, again=page),
        *pools.routes(site, page),
    ]


def read_features(text: str) -> tuple[Feature, ...]:
    """Read what people say of themselves: a line each, ``age: 16 to 24, 25 to 44``.

    Raises:
        Misused: a line has no colon, or there are too many answers.
        Invalid: a feature cannot be so.
    """
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, colon, rest = line.partition(":")
        if not colon:
            raise Misused(
                "“{line}”: please write a name, a colon, and what there is to choose "
                "from, with commas between.",
                line=line[:40],
            )
        values = tuple(filter(None, (each.strip() for each in rest.split(","))))
        found.append(Feature(name=" ".join(name.split()), values=values))
    if sum(len(each.values) for each in found) > MOST_VALUES:
        raise Misused(
            "There is room for {most} answers in all.",
            most=MOST_VALUES,
        )
    features = tuple(found)
    quotas.check(quotas.Rules(places=1, features=features))
    if any(each.name.casefold() in {"household", "note"} for each in features):
        raise Misused("Household is asked for in any case; please leave it out.")
    return features


def _quotas(form: Form, state: panel.State) -> tuple[Quota, ...]:
    """Read the quotas that a form sets; empty fields leave a value free."""
    places = state.rules.places
    names = [
        (feature, value, f"{number}-{index}")
        for number, feature in enumerate(state.rules.features)
        for index, value in enumerate(feature.values)
    ]
    form.only(*(f"{what}-{at}" for _, _, at in names for what in ("least", "most")))
    found = []
    for feature, value, at in names:
        ends = [
            form.whole(
                f"{what}-{at}",
                Filled("{feature}: {value}", feature=feature.name, value=value),
                most=places,
            )
            if form.one(f"{what}-{at}").strip()
            else free
            for what, free in (("least", 0), ("most", places))
        ]
        if ends != [0, places]:
            found.append(
                Quota(feature=feature.name, value=value, least=ends[0], most=ends[1])
            )
    return tuple(found)


def _by_population(form: Form, state: panel.State) -> tuple[Quota, ...]:
    """Read how many people live where; return the quotas with what comes of that."""
    rules = state.rules
    if not rules.features:
        raise Invalid("People are asked nothing here by which places could be shared.")
    number = form.whole("feature", "What people say", most=len(rules.features) - 1)
    feature = rules.features[number]
    form.only("feature", *(f"residents-{n}" for n in range(len(feature.values))))
    residents = {
        value: form.whole(
            f"residents-{n}", f"{feature.name}: {value}", most=MOST_RESIDENTS
        )
        for n, value in enumerate(feature.values)
    }
    others = (each for each in state.quotas if each.feature != feature.name)
    return (*others, *by_population(feature, residents, rules.places))


def _task(desk: Desk, id: str) -> Task:
    task = panels.task(desk, id)
    if quotas.obstacles(task.people, task.rules):
        raise Invalid(
            "No panel can be like this. Below stands what is in the way. Nothing was "
            "changed."
        )
    return task


async def _make(site: Site, id: str, task: Task, now: Making, member: Member) -> None:
    """Make a list beside everything else, and keep it, or why it could not be made."""
    try:
        made = await solving.solve(task)
        if not made.panels:
            now.easings = made.easings
            now.says = N_("No panel can keep all of these quotas together.")
            return
        await site.work(lambda desk: _keep(desk, id, task, made, member))
    except Refused as refused:
        now.says = languages.reason(refused)


def _keep(desk: Desk, id: str, task: Task, made: Made, member: Member) -> None:
    """Keep a list, and have the seeds told that others committed to."""
    panels.keep(desk, id, task, made, by=member.id)
    # Where nothing can be signed just now, the clerk calls for them later.
    with contextlib.suppress(Refused):
        seeds.call(desk, id)


def _open(desk: Desk, id: str, member: Member) -> None:
    panels.act(desk, id, panel.OpenPool(by=member.id, at=desk.now))


def _freeze(desk: Desk, id: str, member: Member) -> None:
    panels.freeze(desk, id, by=member.id)


def _again(desk: Desk, id: str, member: Member) -> None:
    panels.act(desk, id, panel.SetSeedsAside(by=member.id, at=desk.now))


def _commit_ours(desk: Desk, id: str, member: Member) -> None:
    ours = events.keep_wording(desk.connection, naming.our_name(desk))
    panels.commit_ours(desk, id, party=ours, by=member.id)


def _call(desk: Desk, id: str, member: Member) -> None:
    seeds.call(desk, id)


def _seat(desk: Desk, id: str, member: Member) -> None:
    panels.act(desk, id, panel.SeatPanel(by=member.id, at=desk.now))


def _forget(desk: Desk, id: str, member: Member) -> None:
    panels.forget(desk, id, by=member.id)


STEPS: Final = {
    "open": _open,
    "freeze": _freeze,
    "again": _again,
    "ours": _commit_ours,
    "call": _call,
    "seat": _seat,
    "forget": _forget,
}
"""What the clerk does by pressing a button, by the name of the button."""
