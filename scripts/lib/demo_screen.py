"""What the demo shows: a line for each thing done, and one redrawn line while something goes on."""
import os
import shutil
import sys
import time

LABEL = 11


class Screen:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.is_terminal = out.isatty()
        styled = (self.is_terminal and not os.environ.get("NO_COLOR")
                  and os.environ.get("TERM", "dumb") != "dumb")
        self.bold, self.faint, self.plain = ("\033[1m", "\033[2m", "\033[0m") if styled else (
            "", "", "")
        self.shown_at = None
        self.shown_share = 0.0

    def write(self, text):
        self.out.write(text)
        self.out.flush()

    def heading(self, text):
        self.write(f"\n{self.bold}{text}{self.plain}\n")

    def say(self, label, text, seconds=None):
        self.end_progress()
        took = "" if seconds is None else f" {self.faint}{time_text(seconds)}{self.plain}"
        self.write(f"  {self.bold}{label:<{LABEL}}{self.plain} {text:<52}{took}".rstrip() + "\n")

    def command(self, words):
        """Before the output of a program, which follows as it is."""
        self.write(f"\n{self.faint}${self.plain} {self.bold}{' '.join(words)}{self.plain}\n")

    def progress(self, label, done, total, began):
        """On a terminal a bar, at most ten times a second; elsewhere a line each quarter."""
        if not total:
            return  # Not counted yet.
        now = time.monotonic()
        share = min(1.0, done / total)
        rate = done / max(now - began, 0.001)
        figures = f"{share:4.0%}  {done:,}/{total:,}  {rate:,.0f}/s"
        if not self.is_terminal:
            if share >= self.shown_share + 0.25 and share < 1:
                self.shown_share = int(share * 4) / 4
                self.write(f"  {label:<{LABEL}} {figures.strip()}\n")
            return
        if self.shown_at and now - self.shown_at < 0.1:
            return
        self.shown_at = now
        room = shutil.get_terminal_size().columns - LABEL - len(figures) - 8
        cells = max(0, min(30, room))
        filled = round(cells * share)
        bar = f"[{'#' * filled}{'.' * (cells - filled)}] " if cells >= 8 else ""
        self.write(f"\r\033[K  {self.bold}{label:<{LABEL}}{self.plain} {bar}{figures}")

    def end_progress(self):
        if self.is_terminal and self.shown_at:
            self.write("\r\033[K")
        self.shown_at, self.shown_share = None, 0.0


def time_text(seconds):
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
