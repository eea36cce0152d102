#include "model/rule_variables.h"

const struct rule_variable rule_variables[RULE_VARIABLES] = {
    [RULE_R] = {'r', RULE_PRESYNAPTIC, RULE_RATE, "r", "presynaptic rate",
                "rate of the presynaptic unit before the step (1)", 0},
    [RULE_D] = {'d', RULE_POSTSYNAPTIC, RULE_CHANGE, "D", "postsynaptic trace minus state (4)",
                "change of the postsynaptic unit, its trace minus its state after the step (4)", 0},
    [RULE_P] = {'p', RULE_POSTSYNAPTIC, RULE_RATE, "p", "postsynaptic rate",
                "rate of the postsynaptic unit at the same time as r, before the step (1)", 0.5},
    [RULE_W] = {'w', RULE_SYNAPSE, RULE_SIGNALS, "w", "weight",
                "weight of the synapse, constant during a trial (2)", 0.1},
};
