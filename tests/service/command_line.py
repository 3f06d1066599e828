"""The commands and options that the program says it has."""
import re
import subprocess

from daemon import BINARY


def said(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=True,
                          timeout=20).stdout


def commands(*group):
    """Of the program, or of a group of commands."""
    listed = said(*group, "--help").partition("Subcommands:\n")[2]
    return re.findall(r"^  ([\w-]+) ", listed, re.MULTILINE)


def groups():
    return [command for command in commands() if commands(command)]


def whole_commands():
    """Each as the words that name it: ("status",), ("snapshots", "list")."""
    return [(command, *inner) for command in commands()
            for inner in [(name,) for name in commands(command)] or [()]]


def options(*command):
    """Long options, as "--help"."""
    listed = said(*command, "--help").partition("Options:\n")[2]
    return re.findall(r"^  .*?(--[a-z-]+)", listed.partition("\n\n")[0], re.MULTILINE)
