/* What the load client counts: a log-linear histogram, and the events inside a frame. No sockets here. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* CLOCK_REALTIME in ns: what Python's time.time_ns() and Bun's clock_gettime(0) give on the same machine. */
static inline int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- histogram: 128 buckets an octave, so a percentile is within 0.8 % --- */

#define SUB 128
#define BUCKETS (58 * SUB)

struct histogram {
    uint64_t count[BUCKETS];
    uint64_t total;
    int64_t max;
    double sum;
};

static inline void histogram_add(struct histogram *h, int64_t ns) {
    if (ns < 0) ns = 0;
    int index = (int)ns;
    if (ns >= SUB) {
        int shift = 63 - __builtin_clzll((uint64_t)ns) - 7;
        index = (shift + 1) * SUB + (int)((ns >> shift) - SUB);
    }
    h->count[index]++;
    h->total++;
    h->sum += (double)ns;
    if (ns > h->max) h->max = ns;
}

/* The upper edge in ms of the bucket in which the share q (0-1) of all values is reached. */
static double histogram_ms(const struct histogram *h, double q) {
    uint64_t rank = (uint64_t)(q * (double)h->total), seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
        seen += h->count[i];
        if (h->count[i] && seen > rank) {
            int64_t edge = i < SUB ? i : ((int64_t)(SUB + i % SUB + 1) << (i / SUB - 1)) - 1;
            return (double)(edge < h->max ? edge : h->max) / 1e6;
        }
    }
    return (double)h->max / 1e6;
}

static void histogram_print(const struct histogram *h) {
    if (!h->total) {
        printf("{\"count\":0}");
        return;
    }
    printf("{\"count\":%lu,\"mean\":%.4f,\"p50\":%.4f,\"p95\":%.4f,\"p99\":%.4f,\"max\":%.4f}", (unsigned long)h->total,
           h->sum / (double)h->total / 1e6, histogram_ms(h, .5), histogram_ms(h, .95), histogram_ms(h, .99), (double)h->max / 1e6);
}

/* --- the events of a frame ---
 * An event is `"sentNs":<ns>,"seq":<n>` anywhere in the payload. A broadcast brings the same bytes to every socket, so
 * frames are looked up by their bytes (all of them are compared) and parsed once. */

struct events {
    uint8_t *bytes;
    uint32_t length, room, count;
    uint32_t skipped, backward; /* steps inside the frame: sequence numbers left out, and not going up */
    uint32_t events_room;
    int64_t *sent, *seq;
};

#define SLOTS 256

static void events_parse(struct events *e) {
    static const char key[] = "\"sentNs\":";
    const char *at = (const char *)e->bytes, *end = at + e->length;
    e->count = e->skipped = e->backward = 0;
    while ((at = memmem(at, (size_t)(end - at), key, sizeof key - 1))) {
        char *rest;
        int64_t sent = strtoll(at + sizeof key - 1, &rest, 10), seq = 0;
        rest += strspn(rest, ", "); /* some put a space after commas and colons, some do not */
        if (!strncmp(rest, "\"seq\":", 6)) seq = strtoll(rest + 6, &rest, 10);
        if (e->count == e->events_room) {
            e->events_room = e->events_room ? e->events_room * 2 : 1;
            e->sent = realloc(e->sent, e->events_room * sizeof *e->sent);
            e->seq = realloc(e->seq, e->events_room * sizeof *e->seq);
        }
        if (e->count) {
            int64_t step = seq - e->seq[e->count - 1];
            if (step < 1) e->backward++;
            else e->skipped += (uint32_t)(step - 1);
        }
        e->sent[e->count] = sent;
        e->seq[e->count++] = seq;
        at = rest;
    }
}

static struct events *events_of(const uint8_t *payload, uint32_t length) {
    static struct events slots[SLOTS];
    uint64_t hash = length, word;
    for (uint32_t i = 0, step = length / 24 + 1; i + 8 <= length; i += step) {
        memcpy(&word, payload + i, 8);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    }
    struct events *e = &slots[hash >> 56];
    if (e->length == length && e->bytes && !memcmp(e->bytes, payload, length)) return e;
    if (e->room <= length) {
        e->room = length + 1;
        e->bytes = realloc(e->bytes, e->room);
    }
    memcpy(e->bytes, payload, length);
    e->bytes[length] = 0; /* strtoll stops here */
    e->length = length;
    events_parse(e);
    return e;
}

#endif
