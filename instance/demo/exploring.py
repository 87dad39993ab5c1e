"""At the end somebody can walk through the three nodes, as any of the people."""

from instance.demo.assembly import Assembly
from instance.demo.stage import Stage
from instance.demo.verifying import BUNDLE


def tell_end(stage: Stage, *, nodes_run: bool) -> None:
    """Tell that all held and, where the nodes go on, how to look around."""
    tell = stage.tell
    tell.heading(f"Every step held, in {stage.so_far:.0f} seconds.")
    if not nodes_run:
        tell.say(f"The nodes are stopped. All that they kept is in {stage.directory};")
        tell.say(f"any of them starts again with: folkmoot serve {_home(stage.a)}")
        return
    tell.heading("The nodes go on. Look around, as anybody or as one of the people:")
    for each in stage.assemblies:
        tell.blank()
        tell.say(f"{each.name}: {each.node.base}")
        for person, does in zip(each.people, _roles(each), strict=False):
            tell.say(f"  {person.name} ({does}): {person.way_in}")
    tell.heading("What is worth a look")
    base = stage.a.node.base
    for path, says in (
        (f"/proposals/{stage.proposal}", "the decision: mandates beside votes"),
        (f"/shared/{stage.issue}", "the shared issue, with three accounts"),
        (f"/compacts/{stage.compact}", "the compact, with its fingerprint to print"),
        ("/record", "the public records, ours and the copies; check them there"),
    ):
        tell.say(f"{base}{path}")
        tell.say(f"  {says}")
    tell.say(f"folkmoot verify {stage.directory / BUNDLE}")
    tell.say("  the decision, checked without any of the nodes")
    tell.heading("Ctrl-C stops the nodes.")
    tell.say(f"All that they kept is in {stage.directory}.")


def _home(assembly: Assembly) -> str:
    return str(assembly.node.directory)


def _roles(assembly: Assembly) -> list[str]:
    others = ["member"] * len(assembly.people)
    return ["clerk", "teller", "teller", "delegate", "alternate", *others]
