"""The order of the house: what goes up, round in a circle or over a fence is refused by `make`."""
import subprocess
import unittest

from thetasweep import Case, copy_tree


class Layers(Case):
    def setUp(self):
        super().setUp()
        self.tree = self.folder / "tree"
        copy_tree(self.tree)

    def refuse(self, target, name, addition, *messages):
        """`make target` fails with these messages once `addition` stands at the end of `name`."""
        path = self.tree / name
        before = path.read_text()
        path.write_text(before + addition)
        make = subprocess.run(["make", "-j2", target], cwd=self.tree, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        path.write_text(before)
        self.assertNotEqual(make.returncode, 0, f"{name} is taken with\n{addition}")
        for message in messages:
            self.assertIn(message, make.stdout)

    def test_bad_includes_are_refused(self):
        for name, header, message in (
                ("src/model/rule_create.c", '"archive/archive.h"',
                 "floor model may not use floor archive, which stands above it"),
                ("src/model/network.c", '"model/lifetime.h"',
                 "module network may not use module lifetime, which stands above it on floor model"),
                ("analysis/numbers/dsa.c", '"measures/measure.h"',
                 "floor numbers may not use floor measures"),
                ("src/model/trial.c", "<mpi.h>", "mpi.h is for archive, wire only"),
                ("src/model/trial.c", "<time.h>", "floor model has no clock"),
                ("src/search/outer.c", '"heap.h"', "belongs to no floor")):
            line = len((self.tree / name).read_text().splitlines()) + 1
            self.refuse("layers", name, f"#include {header}\n", f"{name}:{line}: ", message)

    def test_files_and_functions_that_are_too_long_are_refused(self):
        self.refuse("layers", "src/base/error.c", "\n" * 500, "allowed: 500")
        body = "    a++;\n" * 51
        self.refuse("layers", "src/base/error.c", f"void error_a(int a)\n{{\n{body}}}\n",
                    "a function of 51 lines, allowed: 50")

    def test_calls_that_go_up_or_in_a_circle_are_refused(self):
        call = "void {callee}(void);\nvoid {name}(void);\nvoid {name}(void)\n{{\n    {callee}();\n}}\n"
        self.refuse("names", "src/model/tasks/parts.c",
                    call.format(callee="search_register", name="task_parts_bad"),
                    "search_register: floor model may not use floor search")
        self.refuse("names", "src/search/heap.c",
                    call.format(callee="search_finished", name="search_heap_bad"),
                    "a circle of files: search/heap")
        self.refuse("names", "src/search/heap.c",
                    "void wrong_name(void);\nvoid wrong_name(void)\n{\n}\n",
                    "exported name wrong_name does not begin with search_")


if __name__ == "__main__":
    unittest.main()
