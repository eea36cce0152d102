"""A few kills at random moments; long_chaos.py has many."""
import unittest

import chaos
from thetasweep import Case


class Kills(Case):
    def test_nothing_is_lost_in_a_few_kills(self):
        chaos.look_at(self, 10)


if __name__ == "__main__":
    unittest.main()
