/* Files that a sweep named (trials, weights): looked for beside the archive, and told apart by what
 * is in them. Private to the module. */
#ifndef STUDY_FILES_H
#define STUDY_FILES_H

#include "config/config.h"

/* Local. Puts the archive's folder ahead of every such name, since archives of several folders may
 * name alike what is not the same. STATUS_OK, STATUS_USAGE for a name that is too long, or
 * STATUS_FAILED. */
enum status study_place_files(struct config *config, const char *archive, struct error *error);

/* Local. Compares the files that were read with the checksums that the archive's resolved
 * configuration holds. STATUS_OK, or STATUS_USAGE: another file. */
enum status study_check_files(const char *archive, const char *resolved, struct error *error);

/* Local. Gives files with the same contents one name, that of the first. */
void study_join_files(struct settings *settings);

#endif
