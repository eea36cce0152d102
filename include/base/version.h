/* Which build this is; compiled into one object, so that an archive can say what wrote it. */
#ifndef VERSION_H
#define VERSION_H

/* "0.1.0" */
const char *version_string(void);

/* Git revision, with "-dirty" after it if the tree had changes; "unknown" outside a repository. */
const char *version_git(void);

/* First line of the compiler's --version. */
const char *version_compiler(void);

/* Compiler flags. */
const char *version_flags(void);

#endif
