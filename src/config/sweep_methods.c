/* The list of methods. */
#include "config/sweep.h"

#define METHOD(name) extern const struct sweep_method sweep_##name;
#include "config/sweep_methods.h"
#undef METHOD

const struct sweep_method *const sweep_methods[] = {
#define METHOD(name) &sweep_##name,
#include "config/sweep_methods.h"
#undef METHOD
    NULL,
};
