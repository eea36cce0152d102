"""Many kills at random moments, of runs of all kinds. Takes about half an hour."""
import unittest

import chaos
from thetasweep import Case


class Kills(Case):
    def test_nothing_is_lost_in_many_kills(self):
        chaos.look_at(self, 200)


if __name__ == "__main__":
    unittest.main()
