/* The metadata of an RO-Crate (https://w3id.org/ro/crate/1.1), a file beside the archive: what the
 * folder is, who may use it, the archive with its sum, the sweep file, the program and its run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/sha256.h"
#include "program/export.h"

/* ---- texts ---- */

static void member(FILE *out, const char *name, const char *text)
{
    fprintf(out, ", \"%s\": ", name);
    command_json_text(out, text);
}

/* A name as the path of a URI; what is beyond ASCII stays, since identifiers are IRIs. */
static void member_place(FILE *out, const char *name, const char *file)
{
    fprintf(out, "\"%s\": \"", name);
    for (; *file; file++) {
        unsigned char letter = (unsigned char)*file;
        if (letter <= ' ' || letter == 0x7f || strchr("%\"#<>?[\\]^`{|}:", letter))
            fprintf(out, "%%%02X", letter);
        else
            fputc(letter, out);
    }
    fputc('"', out);
}

static void member_time(FILE *out, const char *name, int64_t seconds, const char *format)
{
    char text[32];
    struct tm parts;
    time_t when = (time_t)seconds;
    strftime(text, sizeof text, format, gmtime_r(&when, &parts));
    member(out, name, text);
}

static void begin(FILE *out, const char *id, const char *type)
{
    fputs(",\n  {\"@id\": ", out);
    command_json_text(out, id);
    member(out, "@type", type);
}

/* ---- entities ---- */

/* The address of a licence, for free(): as it was given, or that of a name as SPDX lists it. NULL: it is
 * a sentence. */
static char *address_of(const char *license)
{
    char *address = NULL;
    if (strchr(license, ' '))
        return NULL;
    if (asprintf(&address, "%s%s", strstr(license, "://") ? "" : "https://spdx.org/licenses/",
                 license) < 0)
        return NULL;
    return address;
}

static void write_license(FILE *out, const char *address, const char *name)
{
    begin(out, address, "CreativeWork");
    member(out, "name", name);
    member(out, "description", "Licence, see its address");
    fputc('}', out);
}

static void write_root(FILE *out, const struct command_export *export, const char *file,
                       const char *address)
{
    const struct command_results *results = &export->results;
    char about[256];
    snprintf(about, sizeof about,
             "Learning rules of recurrent neural networks: %" PRId64 " candidates of a sweep, task "
             "%s, by thetasweep",
             results->space.candidates, task_of(&results->config.base)->name);
    begin(out, "./", "Dataset");
    member(out, "name", results->config.base.name);
    member(out, "description", about);
    member_time(out, "datePublished", (int64_t)time(NULL), "%Y-%m-%d");
    if (address) {
        fputs(", \"license\": {\"@id\": ", out);
        command_json_text(out, address);
        fputc('}', out);
    } else {
        member(out, "license", export->license);
    }
    fputs(", \"hasPart\": {", out);
    member_place(out, "@id", file);
    fputs("}, \"mentions\": {\"@id\": \"#run\"}}", out);
}

static enum status write_archive(FILE *out, const char *path, const char *file, struct error *error)
{
    char sum[SHA256_TEXT];
    struct stat size;
    if (!sha256_file(sum, path) || stat(path, &size) != 0)
        return error_add_errno(error, STATUS_FAILED, "%s", path);
    fputs(",\n  {", out);
    member_place(out, "@id", file);
    member(out, "@type", "File");
    member(out, "name", file);
    member(out, "description",
           "Archive of thetasweep, HDF5: every dataset has a description and named dimensions");
    member(out, "encodingFormat", "application/x-hdf5");
    fprintf(out, ", \"contentSize\": \"%" PRId64 "\"", (int64_t)size.st_size);
    member(out, "sha256", sum);
    fputc('}', out);
    return STATUS_OK;
}

static enum status write_sweep(FILE *out, const struct command_export *export, struct error *error)
{
    char *text = archive_read_config(export->results.archive, error);
    if (!text)
        return STATUS_FAILED;
    begin(out, "#sweep", "CreativeWork");
    member(out, "name", "Sweep file");
    member(out, "description",
           "As it was given; /config_resolved in the archive has what the command line overrode");
    member(out, "encodingFormat", "application/yaml");
    member(out, "text", text);
    fputc('}', out);
    free(text);
    return STATUS_OK;
}

static enum status write_program(FILE *out, const struct command_export *export,
                                 struct error *error)
{
    char *version, *git;
    if (archive_read_program(export->results.archive, &version, &git, error))
        return STATUS_FAILED;
    begin(out, "#thetasweep", "SoftwareApplication");
    member(out, "name", "thetasweep");
    member(out, "version", version);
    member(out, "softwareVersion", git);
    fputs(", \"license\": {\"@id\": \"https://spdx.org/licenses/BSD-3-Clause\"}}", out);
    free(version);
    free(git);
    return STATUS_OK;
}

static void write_run(FILE *out, const struct command_export *export, const char *file)
{
    begin(out, "#run", "CreateAction");
    member(out, "name", "Run of the sweep");
    if (export->begin > 0)
        member_time(out, "startTime", export->begin, "%Y-%m-%dT%H:%M:%SZ");
    fputs(", \"instrument\": {\"@id\": \"#thetasweep\"}, \"object\": {\"@id\": \"#sweep\"}, "
          "\"result\": {",
          out);
    member_place(out, "@id", file);
    fputs("}}", out);
}

enum status command_export_crate(FILE *out, const struct command_export *export,
                                 struct error *error)
{
    static const char program[] = "https://spdx.org/licenses/BSD-3-Clause";
    const char *slash = strrchr(export->path, '/'), *file = slash ? slash + 1 : export->path;
    char *address = address_of(export->license);
    fputs("{\"@context\": [\"https://w3id.org/ro/crate/1.1/context\",\n"
          "              {\"sha256\": \"http://schema.org/sha256\"}],\n"
          " \"@graph\": [\n"
          "  {\"@id\": \"ro-crate-metadata.json\", \"@type\": \"CreativeWork\",\n"
          "   \"conformsTo\": {\"@id\": \"https://w3id.org/ro/crate/1.1\"}, \"about\": {\"@id\": "
          "\"./\"}}",
          out);
    write_root(out, export, file, address);
    if (address && strcmp(address, program) != 0)
        write_license(out, address, export->license);
    write_license(out, program, "BSD-3-Clause");
    free(address);
    enum status status = write_archive(out, export->path, file, error);
    if (!status)
        status = write_sweep(out, export, error);
    if (!status)
        status = write_program(out, export, error);
    write_run(out, export, file);
    fputs("\n]}\n", out);
    return status;
}
