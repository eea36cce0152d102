"""All figures of the report, in its order: short name, title, and the function that draws it.

They are found: a module of this folder that draws has FIGURES, a tuple of such triples. The function
takes an Analysis and returns the figure and the sentence under it; it raises Missing, with the
reason, when the file has not what it needs. Those of EFFICIENCY instead take an Efficiency.
"""
import importlib
import pkgutil

# These topics come first, in this order; others follow by name.
FIRST = ("progress", "task", "answers", "importance", "rules", "representations", "similarity",
         "outside", "landscape", "attractors", "change", "gradients")


def find(what="FIGURES"):
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    names.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(figure for module in modules for figure in getattr(module, what, ()))


ALL = find()
EFFICIENCY = find("EFFICIENCY")  # of another page
