/* The same as trial_double.h: single. */
#undef REAL
#undef NAME
#undef OF
#undef FUSED
#define REAL             float
#define NAME(word)       word##_single
#define OF(thing, array) ((thing)->single.array)
#define FUSED            __builtin_fmaf
