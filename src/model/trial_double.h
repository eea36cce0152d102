/* Before a kernel that is included once for each precision: double. Without a guard, on purpose.
 *   REAL               a number
 *   NAME(word)         the function of this precision
 *   FUSED              a b + c, rounded once
 *   OF(thing, array)   the array of this precision of a trial, tangents or an adjoint */
#undef REAL
#undef NAME
#undef OF
#undef FUSED
#define REAL             double
#define NAME(word)       word
#define OF(thing, array) ((thing)->array)
#define FUSED            __builtin_fma
