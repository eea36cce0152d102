#include "model/rule_variables.h"

const struct rule_variable rule_variables[RULE_VARIABLES] = {
    [RULE_R] = {'r', RULE_PRESYNAPTIC, RULE_RATE, "r", "presynaptic rate",
                "rate of the presynaptic unit before the step (1)"},
    [RULE_D] = {'d', RULE_POSTSYNAPTIC, RULE_CHANGE, "D", "postsynaptic trace minus state (4)",
                "change of the postsynaptic unit, its trace minus its state after the step (4)"},
};
