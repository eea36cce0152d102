#include "measures/part.h"

#include <stdlib.h>
#include <string.h>

bool measure_part_create(struct measure_part *part, size_t n)
{
    int *number = calloc(4 * (n + 1), sizeof *number);
    *part = (struct measure_part){.solution = number,
                                  .label = number + n + 1,
                                  .block = number + 2 * (n + 1),
                                  .stratum = number + 3 * (n + 1),
                                  .distance = study_numbers(n * n)};
    return number && part->distance;
}

void measure_part_free(struct measure_part *part)
{
    free(part->solution);
    free(part->distance);
}

void measure_part_add(struct measure_part *part, const struct study *study, int solution)
{
    int n = part->n, twin = 0;
    while (twin < n && !study_same_start(study, part->solution[twin], solution))
        twin++;
    part->solution[n] = solution;
    part->label[n] = study->candidate[study->solution[solution].candidate].rule;
    part->block[n] = study->solution[solution].seed;
    part->stratum[n] = twin < n ? part->stratum[twin] : n;
    part->n++;
}

void measure_part_select(struct measure_part *part, const bool *chosen)
{
    int kept = 0, n = part->n;
    for (int i = 0; i < n; i++) {
        if (!chosen[i])
            continue;
        for (int j = 0, column = 0; j < n; j++)
            if (chosen[j]) // reading runs ahead of writing
                part->distance[(long)kept * n + column++] = part->distance[(long)i * n + j];
        part->solution[kept] = part->solution[i];
        part->label[kept] = part->label[i];
        part->block[kept] = part->block[i];
        part->stratum[kept++] = part->stratum[i];
    }
    for (int i = 0; i < kept; i++)
        memmove(part->distance + (long)i * kept, part->distance + (long)i * n,
                sizeof(double) * (size_t)kept);
    part->n = kept;
}

bool measure_part_copy(struct measure_part *part, const struct measure_part *from)
{
    size_t n = (size_t)from->n, bytes = sizeof(int) * n;
    if (!measure_part_create(part, n))
        return false;
    part->n = from->n;
    memcpy(part->solution, from->solution, bytes);
    memcpy(part->label, from->label, bytes);
    memcpy(part->block, from->block, bytes);
    memcpy(part->stratum, from->stratum, bytes);
    memcpy(part->distance, from->distance, sizeof(double) * n * n);
    return true;
}
