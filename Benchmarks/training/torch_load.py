"""How busy the machine was with other things while something ran (Linux only)."""

import os
import resource
import time


class OtherLoad:
    """`share` is the part of all processors' time that neither this process nor its ended children used."""

    def __enter__(self):
        self.start = self._now()
        return self

    def __exit__(self, *_):
        wall, busy, own = (b - a for a, b in zip(self.start, self._now()))
        self.share = max(0.0, busy - own) / (wall * os.cpu_count())

    @staticmethod
    def _now():
        user, nice, system, _, _, interrupts, soft, steal = map(int, open("/proc/stat").readline().split()[1:9])
        busy = (user + nice + system + interrupts + soft + steal) / os.sysconf("SC_CLK_TCK")
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return time.perf_counter(), busy, sum(u.ru_utime + u.ru_stime for u in usage)
