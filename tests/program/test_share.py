"""Work that is shared out over ranks without an archive: build/bench/pieces."""
import json
import subprocess
import unittest

from thetasweep import MPIRUN, ROOT, Case, environment

ALONE = "seconds are compared"
PIECES = ROOT / "build" / "bench" / "pieces"


class Share(Case):
    def pieces(self, *arguments, ranks=None, status=0):
        launcher = [] if ranks is None else [MPIRUN, "-n", str(ranks)]
        done = subprocess.run([*launcher, str(PIECES), *map(str, arguments)], cwd=self.folder,
                              env=environment(self.mpi_folder), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout), done.stderr

    def test_every_piece_is_computed_on_any_number_of_ranks(self):
        for ranks in (None, 1, 2, 5):
            for count, size in ((40, 24), (2, 100000), (0, 8)):
                with self.subTest(ranks=ranks, count=count):
                    out, _ = self.pieces(count, size, 1, ranks=ranks)
                    self.assertEqual(out["right"], count)
                    self.assertEqual(out["told"], count)

    def test_unlike_pieces_balance(self):
        alone, _ = self.pieces(60, 8, 20)
        four, _ = self.pieces(60, 8, 20, ranks=5)
        self.assertLess(four["seconds"], alone["seconds"] / 2)

    def test_one_rank_that_stops_stops_all_softly(self):
        for ranks in (None, 2, 4):
            with self.subTest(ranks=ranks):
                out, errors = self.pieces(200, 8, 50, 5, ranks=ranks, status=75)
                self.assertEqual(out["status"], 75)
                self.assertLess(out["told"], 20)
                self.assertLess(out["seconds"], 5)

    def test_a_failed_piece_ends_all_and_says_where(self):
        for ranks in (None, 2, 4):
            with self.subTest(ranks=ranks):
                out, errors = self.pieces(200, 8, 50, -1, 6, ranks=ranks, status=1)
                self.assertEqual(out["status"], 1)
                self.assertIn("piece 6 fails", errors)


if __name__ == "__main__":
    unittest.main()
