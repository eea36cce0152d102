/* Which ranks are relays, and the way of a message through them. */
#include "cluster/wire_routes.h"

#include <CUnit/Basic.h>

enum { RANKS = 30 };

/* Every rank but 0 is a relay or one worker, in their order. */
static void each_rank_has_one_part(void)
{
    for (int group = 0; group < RANKS; group++)
        for (int ranks = 2; ranks < RANKS; ranks++) {
            struct wire_routes routes = {0};
            struct error error = {0};
            int workers = 0;
            CU_ASSERT(wire_routes_create(&routes, group, ranks, &error) == STATUS_OK);
            for (int rank = 1; rank < ranks; rank++) {
                bool relay = wire_routes_relays(&routes, rank);
                CU_ASSERT(relay == (group > 0 && (rank - 1) % (group + 1) == 0));
                CU_ASSERT(wire_routes_worker(&routes, rank) == (relay ? -1 : workers));
                if (!relay)
                    CU_ASSERT(wire_routes_rank(&routes, workers++) == rank);
            }
            CU_ASSERT(wire_routes_workers(&routes, ranks) == workers);
            wire_routes_free(&routes);
        }
}

/* 0; 1 with 2, 3; 4 with 5. */
static void messages_go_through_relays_until_one_is_left(void)
{
    struct wire_routes routes = {0};
    struct error error = {0};
    CU_ASSERT(wire_routes_create(&routes, 2, 6, &error) == STATUS_OK);
    static const int by[6] = {0, 1, 1, 1, 4, 4};
    for (int rank = 1; rank < 6; rank++) {
        CU_ASSERT(wire_routes_next(&routes, 0, rank) == by[rank]);
        CU_ASSERT(wire_routes_next(&routes, rank, 0) == (by[rank] == rank ? 0 : by[rank]));
        CU_ASSERT(wire_routes_next(&routes, by[rank], rank) == rank);
    }
    CU_ASSERT(wire_routes_last(&routes, 1, 6) == 3);
    CU_ASSERT(wire_routes_last(&routes, 4, 6) == 5);
    CU_ASSERT(wire_routes_last(&routes, 2, 6) == 2);
    CU_ASSERT(wire_routes_detach(&routes, 3));
    CU_ASSERT(!wire_routes_detach(&routes, 3));
    CU_ASSERT(!wire_routes_detach(&routes, 4));
    CU_ASSERT(wire_routes_next(&routes, 0, 3) == 3);
    CU_ASSERT(wire_routes_next(&routes, 3, 0) == 0);
    CU_ASSERT(wire_routes_next(&routes, 0, 2) == 1);
    wire_routes_free(&routes);
}

void test_wire_routes(void)
{
    CU_pSuite suite = CU_add_suite("cluster_wire_routes", NULL, NULL);
    CU_ADD_TEST(suite, each_rank_has_one_part);
    CU_ADD_TEST(suite, messages_go_through_relays_until_one_is_left);
}
