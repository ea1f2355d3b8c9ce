"""Somebody who marks with the keyboard alone, and counts the keys."""

import random
import re

# Whether everything that was given has arrived: nothing is kept back in the browser.
SAVED = "() => !Object.keys(localStorage).some(key => key.startsWith('mark:'))"


class Marker:
    """A browser's page at the address of `autograder mark`."""

    def __init__(self, page, address):
        self.page, self.address, self.keys = page, address, 0
        self.base = address.split("/mark")[0]
        page.goto(address)

    def open(self, question):
        self.page.goto(f"{self.base}/mark/question/{question}")
        self.page.locator("main[data-ready]").wait_for()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def here(self):
        """(what is said of the current answer, its text)."""
        card = self.page.locator("article[aria-current]")
        card.locator(".answer > *").first.wait_for()
        return card.get_attribute("aria-label"), card.locator(".answer").inner_text()

    def comment(self, text):
        self.press("c")
        self.page.keyboard.type(text)
        self.press("Escape")

    def wait_saved(self):
        self.page.wait_for_function(SAVED)

    def left(self):
        """Answers to this question that still wait."""
        return int(re.match(r"\d+", self.page.locator("#progress").inner_text())[0])

    def mark_all(self, seed=0):
        """Mark every answer to the open question by a random marker's keys; the keys of each."""
        chosen, counts = random.Random(seed), []
        if self.page.locator("[data-does=blank]").is_visible():
            self.press("b")
        while self.left():
            before = self.keys
            kind = chosen.random()
            if kind < 0.4:
                self.press("f")
            elif kind < 0.5:
                self.press("0")
            elif kind < 0.7:
                self.press(chosen.choice("1234"), "Enter")
            elif kind < 0.9:
                self.press(f"Shift+Digit{chosen.choice('1234')}", "Enter")
            else:
                self.press("1", "3", "Enter")
            counts.append(self.keys - before)
        self.wait_saved()
        return counts
