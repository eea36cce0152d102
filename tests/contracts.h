/* What `make analyse` tells an analyser, which sees one file at a time, of functions in others: what their
 * headers promise of what they return. */
#ifndef CONTRACTS_H
#define CONTRACTS_H

#include "base/error.h"
#include "cluster/wire.h"

/* Returns `status`. */
#define error_add(error, status, ...) ((error_add)(error, status, __VA_ARGS__), (status))
#define error_add_errno(error, status, ...)                                                        \
    ((error_add_errno)(error, status, __VA_ARGS__), (status))

/* STATUS_OK only where every rank's own status is that. */
#define wire_agree(wire, status) ((wire_agree)(wire, status) | (status))

#endif
