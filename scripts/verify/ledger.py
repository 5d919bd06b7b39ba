"""What was compared, how often, and the worst of it."""
import math
from collections import Counter, defaultdict

TOLERANCE = 1e-4


class Ledger:
    def __init__(self):
        self.n, self.worst, self.where, self.bad, self.limit = Counter(), defaultdict(float), {}, [], {}

    def note(self, what, difference, where, limit):
        self.n[what] += 1
        self.limit[what] = max(limit, self.limit.get(what, 0))
        if not difference <= self.worst[what]:
            self.worst[what], self.where[what] = difference, where
        if not difference <= limit:
            self.bad.append(f'{what}: {where}: {difference:.3g}')

    def close(self, what, got, mine, where, floor=1e-12, limit=TOLERANCE):
        """Relative difference; `floor`: what counts as zero, from the rounding of float32."""
        if got is None or mine is None or (isinstance(mine, float) and math.isnan(mine)):
            undefined = mine is None or math.isnan(mine)
            return self.note(what, 0 if got is None and undefined else math.inf, f'{where} store {got}, here {mine}', limit)
        self.note(what, abs(got - mine) / max(abs(mine), floor), f'{where} store {got}, here {mine}', limit)

    def equal(self, what, got, mine, where):
        self.note(what, 0 if got == mine else math.inf, f'{where} store {repr(got)[:300]}, here {repr(mine)[:300]}', 0)

    def table(self):
        width = max(map(len, self.n))
        print(f'{"quantity":{width}}  {"values":>7}  largest relative difference')
        for what in self.n:
            mark = '' if self.worst[what] <= self.limit[what] else '   <-- ' + str(self.where[what])
            print(f'{what:{width}}  {self.n[what]:7d}  {self.worst[what]:.2e}{mark}')
        print('\n'.join(self.bad[:20]) or 'all agree')
        return 1 if self.bad else 0


def compare_accuracy(ledger, what, got, outcome, where):
    n = len(outcome.right)
    off = abs(round(got * n) - outcome.right.sum())
    ledger.note(what, 0 if off <= outcome.ties and abs(got * n - round(got * n)) < 1e-6 else off / n, f'{where} store {got}', 0)
