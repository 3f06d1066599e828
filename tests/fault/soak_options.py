"""The command line of scripts/soak."""
import argparse
import random
import re
import shlex
import sys

from soak_events import KINDS

SEED_MAX = 0xffffffff


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        print(f"soak: {message}", file=sys.stderr)
        sys.exit(64)


def kinds(text):
    names = text.split(",")
    for name in names:
        if name not in KINDS:
            raise argparse.ArgumentTypeError(
                f"there is no fault {name!r}; there are: {', '.join(KINDS)}")
    return names


def minutes(text):
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", text) or not 0 < float(text) <= 10080:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, at most 10080")
    return float(text)


def seed(text):
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > SEED_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {SEED_MAX}")
    return int(text)


def parse(arguments):
    parser = Parser(
        prog="soak", allow_abbrev=False,
        description="followd between two real servers under load, while the network between them "
        "breaks in every way that the fault proxy knows, and the daemon and the servers are "
        "killed. In each round some of that, then all is healed: both sides must become equal.",
        epilog="Exit codes: 0 equal at the end of every round, 1 not, 64 bad usage.")
    parser.add_argument("--minutes", type=minutes, required=True, metavar="N",
                        help="how long; then the round under way is healed and judged")
    parser.add_argument("--seed", type=seed, metavar="S", default=random.randrange(SEED_MAX + 1),
                        help=f"draws what happens; 0 to {SEED_MAX} (random)")
    parser.add_argument("--faults", type=kinds, metavar="A,B", default=list(KINDS),
                        help=f"only these of: {', '.join(KINDS)}")
    return parser.parse_args(arguments)


def command_of(options):
    """What draws the same again."""
    words = ["scripts/soak", "--minutes", f"{options.minutes:g}", "--seed", str(options.seed)]
    if options.faults != list(KINDS):
        words += ["--faults", ",".join(options.faults)]
    return shlex.join(words)
