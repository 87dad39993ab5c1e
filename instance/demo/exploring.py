"""At the end somebody can walk through the three nodes, as any of the people."""

from instance.demo import verifying
from instance.demo.assembly import Assembly
from instance.demo.stage import Stage


def tell_end(stage: Stage, *, nodes_run: bool) -> None:
    """Tell that all held and, where the nodes go on, how to look around."""
    tell = stage.tell
    tell.heading(f"Every step held, in {stage.so_far:.0f} seconds.")
    if not nodes_run:
        tell.say("The nodes are stopped. All that they kept is here:")
        tell.line(str(stage.directory))
        tell.say("Any of them starts again, such as:")
        tell.line(f"folkmoot serve {stage.a.node.directory}")
        return
    tell.heading("The nodes go on. Look around, as anybody or as one of the people:")
    for each in stage.assemblies:
        tell.line()
        tell.line(f"{each.name}: {each.node.base}")
        for person, does in zip(each.people, _roles(each), strict=False):
            tell.line(f"  {person.name} ({does}): {person.way_in}")
    tell.heading("What is worth a look")
    base = stage.a.node.base
    for path, says in (
        (f"/proposals/{stage.proposal}", "The decision, with mandates beside votes"),
        (f"/shared/{stage.issue}", "The shared issue, with its three accounts"),
        (f"/compacts/{stage.compact}", "The compact, with its fingerprint to print"),
        ("/record", "The public records, our own and the copies, to be checked"),
    ):
        tell.line(f"{says}:")
        tell.line(f"  {base}{path}")
    tell.line("The same decision, checked without any of the nodes:")
    tell.line(f"  {verifying.command(stage)}")
    tell.heading("Ctrl-C stops the nodes. All that they kept stays here:")
    tell.line(str(stage.directory))


def _roles(assembly: Assembly) -> list[str]:
    others = ["member"] * len(assembly.people)
    return ["clerk", "teller", "teller", "delegate", "alternate", *others]
