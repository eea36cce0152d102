/* What is known of early stopping before the first job. Private to the archive module. */
#ifndef ARCHIVE_RUNGS_H
#define ARCHIVE_RUNGS_H

#include "archive/file.h"

/* Local. Stores bracket and budgets of all candidates, by archive_store(); without rungs nothing. */
enum status archive_write_rungs(struct archive *archive, const struct search_stopping *stopping,
                                struct error *error);

#endif
