"""Asks axe-core whether a page keeps WCAG 2.2 AA."""

from functools import cache

from playwright.sync_api import Page

from webapp.core.settings import ROOT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def _axe() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()


def faults_of(page: Page, *, only_colours: bool = False) -> list[str]:
    """Each broken rule with the elements that break it; empty where the page keeps them all."""
    # Halfway through its arrival a dialog is pale: what moves for ever is not waited for, nor is the time of a note.
    page.evaluate(
        """async () => Promise.allSettled(document.getAnimations()
           .filter(one => one.animationName !== "expire")
           .filter(one => one.effect.getComputedTiming().endTime !== Infinity).map(one => one.finished))"""
    )
    # What is scrolled under the bar at the top is no target that is too small.
    page.evaluate("scrollTo(0, 0)")
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(_axe())
    found = page.evaluate(
        """async only => (await axe.run(document, {runOnly: only, resultTypes: ["violations"]})).violations
           .map(fault => `${fault.id}: ${fault.nodes.slice(0, 3).map(node => node.html.slice(0, 150)).join(" | ")}`)""",
        {"type": "rule", "values": ["color-contrast"]} if only_colours else {"type": "tag", "values": RULES},
    )
    return [f"{page.url} {fault}" for fault in found]
