"""A few kills at random moments; long_chaos.py has many."""
import random
import unittest

import chaos
from thetasweep import Case

KILLS = 10


class Kills(Case):
    def test_nothing_is_lost_in_a_few_kills(self):
        seed = random.randrange(1 << 32)
        print(f"[seed {seed}]", flush=True)
        kills = chaos.Chaos(self, seed)
        kills.run(KILLS)
        print(chaos.report(kills.counts), flush=True)
        self.assertEqual(kills.counts["did not end by itself"], 0)


if __name__ == "__main__":
    unittest.main()
