"""All figures of the report, in its order: short name, title, and the function that draws it.

Such a function takes an Analysis and returns the figure and the sentence under it; it raises
Missing, with the reason, when the file has not what it needs.
"""
from . import change, gradients, landscape, representations, rules, similarity, task

ALL = (
    ("overview", "The sweep", task.overview),
    ("learning_curves", "Learning curves", task.curves),
    ("performance", "How well the task is learned", task.performance),
    ("outputs", "What the networks answer", task.outputs),
    ("psychometric", "Psychometric curves", task.psychometric),
    ("theta", "How the rules changed", rules.trajectories),
    ("surfaces", "The rules as surfaces", rules.surfaces),
    ("clusters", "Clusters of rules", rules.clusters),
    ("trajectories", "Activity in the trial", representations.trajectories),
    ("dimensions", "Dimensionality", representations.dimensions),
    ("decoding", "Cross-temporal decoding", representations.decoding),
    ("selectivity", "Selectivity", representations.selectivity),
    ("distances", "Distances between solutions", similarity.maps),
    ("within_between", "Within a rule and between rules", similarity.within_between),
    ("portraits", "Fixed points and flow", landscape.portraits),
    ("spectra", "Spectra", landscape.spectra),
    ("points", "Fixed and slow points", landscape.summary),
    ("lazy_rich", "Lazy or rich", change.lazy_rich),
    ("gradients", "Gradient validation", gradients.validation),
)
