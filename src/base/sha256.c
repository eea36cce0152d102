/* Block by block, in the letters of FIPS 180-4, section 6.2. */
#include "base/sha256.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, WORDS = 8, ROUNDS = 64, LENGTH = 8 /* bytes of the length at the end */ };

static const uint32_t first[WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static const uint32_t k[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int bits)
{
    return x >> bits | x << (32 - bits);
}

static void schedule(uint32_t w[ROUNDS], const unsigned char block[BLOCK])
{
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < ROUNDS; t++) {
        uint32_t x = w[t - 15], y = w[t - 2];
        w[t] = w[t - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[t - 7] +
               (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
    }
}

/* One block into the sum; s is a, b, .. h of the standard. */
static void take(uint32_t sum[WORDS], const unsigned char block[BLOCK])
{
    uint32_t w[ROUNDS], s[WORDS];
    schedule(w, block);
    memcpy(s, sum, sizeof s);
    for (int t = 0; t < ROUNDS; t++) {
        uint32_t a = s[0], e = s[4];
        uint32_t one = s[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
                       ((e & s[5]) ^ (~e & s[6])) + k[t] + w[t];
        uint32_t two =
            (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, (WORDS - 1) * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < WORDS; i++)
        sum[i] += s[i];
}

/* The last bytes, a one, zeros, and the length in bits. */
static void finish(uint32_t sum[WORDS], unsigned char block[2 * BLOCK], size_t left, uint64_t bytes)
{
    size_t size = left + 1 + LENGTH > BLOCK ? 2 * BLOCK : BLOCK;
    memset(block + left, 0, size - left);
    block[left] = 0x80;
    for (int i = 0; i < LENGTH; i++)
        block[size - 1 - (size_t)i] = (unsigned char)(8 * bytes >> 8 * i);
    for (size_t at = 0; at < size; at += BLOCK)
        take(sum, block + at);
}

bool sha256_file(char text[SHA256_TEXT], const char *path)
{
    unsigned char block[2 * BLOCK];
    uint32_t sum[WORDS];
    uint64_t bytes = 0;
    size_t left;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    memcpy(sum, first, sizeof sum);
    while ((left = fread(block, 1, BLOCK, file)) == BLOCK) {
        take(sum, block);
        bytes += BLOCK;
    }
    finish(sum, block, left, bytes + left);
    for (int i = 0; i < WORDS; i++)
        snprintf(text + 8 * i, 9, "%08x", sum[i]);
    bool whole = !ferror(file);
    fclose(file);
    return whole;
}
