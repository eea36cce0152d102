/* Curves for programs that draw by themselves what a file says is to be drawn (H5Web, silx, NeXpy),
 * by the rules of NeXus: from the root on an attribute `default` names the group to go on with, down
 * to an NXdata, whose attributes `signal` and `axes` name what is drawn over what. All of these stand
 * in one group, under links: the datasets stay where they are. The group's name is behind those of
 * all others, so that a walk through the file meets every dataset under its own name first. */
#include <string.h>

#include "archive/attribute.h"
#include "archive/file.h"
#include "archive/make.h"

#define VIEWS "/views"

/* The first that an archive has is shown when it is opened. */
static const struct view {
    const char *name;
    int field;
} views[] = {
    {"held_out_loss", FIELD_HELD_OUT_LOSS},
    {"training_loss", FIELD_LOSS},
    {"held_out_accuracy", FIELD_HELD_OUT_ACCURACY},
    {"held_out_reward", FIELD_EVALUATE + SLOT_REWARD},
    {"training_reward", FIELD_TRAIN + SLOT_REWARD},
    {"test_reward", FIELD_TEST + SLOT_REWARD},
};

static const char *last_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* A group of this NeXus class whose attribute `key` names one of its members. */
static bool make_group(hid_t file, const char *path, const char *class, const char *key,
                       const char *member)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t group = H5Gcreate2(file, path, links, H5P_DEFAULT, H5P_DEFAULT);
    H5Pclose(links);
    bool made = group >= 0 && attribute_make_text(group, "NX_class", class) &&
                attribute_make_text(group, key, member);
    if (group >= 0)
        H5Gclose(group);
    return made;
}

/* The signal, drawn as curves over its last dimension instead of as an image. */
static bool link_signal(hid_t file, const char *path, const struct archive_field *field)
{
    hid_t dataset = H5Dopen2(file, field->path, H5P_DEFAULT);
    bool made = dataset >= 0 && attribute_make_text(dataset, "interpretation", "spectrum") &&
                attribute_make_text(dataset, "long_name", field->description) &&
                H5Lcreate_hard(file, field->path, file, path, H5P_DEFAULT, H5P_DEFAULT) >= 0;
    if (dataset >= 0)
        H5Dclose(dataset);
    return made;
}

static bool is_text(hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    bool text = H5Tget_class(type) == H5T_STRING;
    H5Tclose(type);
    return text;
}

/* Names over which nothing can be drawn are no axes: a dot stands for them. */
static bool link_axes(hid_t file, const char *group, const char *path,
                      const struct archive_field *field, const hid_t scale[DIM_COUNT])
{
    const char *axis[ARCHIVE_RANK];
    bool made = true;
    for (int d = 0; field->dim[d]; d++) {
        const char *name = archive_scale_table[field->dim[d]].name;
        axis[d] = is_text(scale[field->dim[d]]) ? "." : name;
        made = made && attribute_link_scale(file, path, scale[field->dim[d]], name);
    }
    hid_t object = H5Gopen2(file, group, H5P_DEFAULT);
    made = made && object >= 0 && attribute_make_texts(object, "axes", axis, archive_rank(field));
    if (object >= 0)
        H5Gclose(object);
    return made;
}

static bool make_view(hid_t file, const struct view *view, const hid_t scale[DIM_COUNT])
{
    const struct archive_field *field = &archive_table[view->field];
    char group[ARCHIVE_PATH], signal[2 * ARCHIVE_PATH];
    snprintf(group, sizeof group, VIEWS "/%s", view->name);
    snprintf(signal, sizeof signal, "%s/%s", group, last_name(field->path));
    return make_group(file, group, "NXdata", "signal", last_name(field->path)) &&
           link_signal(file, signal, field) && link_axes(file, group, signal, field, scale);
}

enum status archive_make_views(hid_t file, const hid_t scale[DIM_COUNT],
                               const struct archive_plan *plan, struct error *error)
{
    hsize_t extent[DIM_COUNT];
    archive_extents(extent, plan);
    bool made = true, any = false;
    for (size_t v = 0; made && v < sizeof views / sizeof *views; v++) {
        if (!archive_planned(plan, views[v].field) ||
            archive_field_bytes(&archive_table[views[v].field], extent) == 0)
            continue;
        made = any || (make_group(file, VIEWS, "NXentry", "default", views[v].name) &&
                       attribute_make_text(file, "NX_class", "NXroot") &&
                       attribute_make_text(file, "default", last_name(VIEWS)));
        any = true;
        made = made && make_view(file, &views[v], scale);
    }
    return made ? STATUS_OK : archive_complain(error, "archive", VIEWS, "cannot make");
}
