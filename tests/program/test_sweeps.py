"""A few sweep files made at random: they run or are refused, and nobody contradicts another.
long_sweeps.py looks at many."""
import random
import unittest

from sweeps import Sweeps


class Few(Sweeps):
    def test_sweep_files_made_at_random_run_or_are_refused(self):
        self.look_at_many(14, random.randrange(1 << 32))


if __name__ == "__main__":
    unittest.main()
