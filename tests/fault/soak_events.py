"""What may happen in a soak, and how a seed draws it."""
import dataclasses

# Side -> parts of the targets that followd asks it for, the important ones more often.
PATHS = {"leader": ("_search", "_search", "_stats", "_refresh", "_pit", "_mget", "_cluster/state"),
         "follower": ("_bulk", "_bulk", "_bulk", "_search", "_search", "_stats", "_mapping")}

CANNED = ("too_many_requests", "circuit_breaker", "service_unavailable", "bad_gateway", "html")

# Kind of fault -> lines for the fault proxy, of which one is drawn; PATH is drawn, too.
NETWORK = {
    "refuse": ["refuse"],
    "stall": ["stall", "stall path=PATH", "stall direction=answer bytes=20-600 probability=0.3"],
    "swallow": ["swallow probability=0.3", "swallow direction=answer probability=0.3",
                "swallow direction=answer path=PATH"],
    "reset": ["reset probability=0.5", "reset direction=answer bytes=0-400 probability=0.5",
              "reset direction=answer path=PATH", "reset path=PATH bytes=0-500"],
    "cut": ["cut bytes=1-400 probability=0.5", "cut path=PATH bytes=110-2000",
            "cut path=PATH bytes=110-50000", "cut direction=request path=PATH bytes=50-500"],
    "half_close": ["half_close bytes=0-400 probability=0.5",
                   "half_close direction=request bytes=0-400 probability=0.5"],
    "corrupt": ["corrupt probability=0.2", "corrupt bytes=0-11 probability=0.5"],
    "delay": ["delay ms=20-400", "delay ms=500-2000 probability=0.2"],
    "slow": ["slow rate=20000-200000", "slow direction=request rate=20000-200000"],
    "slice": ["slice", "slice direction=request", "slice bytes=1-100"],
    **{kind: [f"{kind} probability=0.5", f"{kind} path=PATH", f"{kind} path=PATH probability=0.5",
              f"{kind} direction=answer path=PATH"] for kind in CANNED},
    "failed_shards": ["failed_shards path=_search", "failed_shards path=_search probability=0.5",
                      "failed_shards path=_refresh probability=0.5"],
}

PROCESSES = ("kill_daemon", "stop_daemon", "kill_leader", "kill_follower")

KINDS = (*NETWORK, *PROCESSES)


@dataclasses.dataclass(frozen=True)
class Event:
    kind: str
    side: str
    line: str       # for the fault proxy
    lasts: float    # seconds; of a process: until it is started again
    stays: bool     # a fault that is not healed until the next one of its side
    pause: float    # seconds to the next event

    def __str__(self):
        if self.kind not in NETWORK:
            return f"{self.kind}, back after {self.lasts:.1f} s"
        ends = "and then stays" if self.stays else "and is then healed"
        return f"{self.side}: {self.line}; lasts {self.lasts:.1f} s {ends}"


def draw_event(random, kinds):
    """Always with as many draws, so that all events follow from the seed alone."""
    kind = random.choice(kinds)
    side = random.choice(list(PATHS))
    path = random.choice(PATHS[side])
    line = random.choice(NETWORK.get(kind, [""])).replace("PATH", path)
    return Event(kind=kind, side=side, line=line, lasts=random.uniform(0.5, 6),
                 stays=random.random() < 0.4, pause=random.uniform(0, 2))
