"""Many sweep files made at random, in some minutes: long_sweeps.py [SEED [FILES]]"""
import random
import sys
import unittest

from sweeps import Sweeps

FILES = 200


class Many(Sweeps):
    seed, files = None, FILES

    def test_sweep_files_made_at_random_run_or_are_refused(self):
        self.look_at_many(self.files, random.randrange(1 << 32) if self.seed is None else self.seed)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    Many.seed, Many.files = given + [None, FILES][len(given):]
    unittest.main(argv=sys.argv[:1])
