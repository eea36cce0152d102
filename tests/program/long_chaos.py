"""Many kills at random moments, of runs of all kinds, each of which is then completed. Takes about an
hour. CHAOS_SEED takes up the seed that an earlier one has printed, KILLS says how many."""
import os
import unittest

import chaos
from thetasweep import Case

ALONE = "dead and stopped ranks are told by their silence"


class Kills(Case):
    def test_nothing_is_lost_in_many_kills(self):
        chaos.look_at(self, int(os.environ.get("KILLS", "200")), every=True)


if __name__ == "__main__":
    unittest.main()
