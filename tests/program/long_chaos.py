"""Many kills at random moments, of runs of all kinds. Takes about half an hour."""
import random
import unittest

import chaos
from thetasweep import Case

KILLS = 200


class Kills(Case):
    def test_nothing_is_lost_in_many_kills(self):
        seed = random.randrange(1 << 32)
        print(f"[seed {seed}]", flush=True)
        kills = chaos.Chaos(self, seed)
        kills.run(KILLS)
        print(chaos.report(kills.counts), flush=True)
        self.assertEqual(kills.counts["did not end by itself"], 0)


if __name__ == "__main__":
    unittest.main()
