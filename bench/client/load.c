/* A WebSocket load client: one thread, one epoll, as many sockets as the limit on open files allows.
 *
 * Options come on the command line, commands on standard input, one JSON object a command on standard output:
 *   connect              open all sockets, subscribe each, wait until all are answered
 *   measure W D P        count for W s, read D s more for what was sent within them, send P pings a second meanwhile
 *   close                close all with a closing handshake; "connect" may follow
 * Latencies are from the time in the event (`"sentNs":`, CLOCK_REALTIME) to the return of the recv that brought it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define MAX_GROUPS 8
#define MAX_SOURCES 16
#define READ_SIZE (128 << 10)
#define FRAME_LIMIT (4 << 20)
#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* the example of RFC 6455, 1.3, and what a server must answer to it */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum state { NONE, CONNECTING, HANDSHAKE, OPENED, READY, CLOSING, GONE };

struct sock {
    int fd, group;
    uint8_t state, slow, asked;
    uint32_t held; /* bytes of an unfinished frame */
    uint8_t *partial;
    int64_t started, pinged, last_seq;
};

struct group {
    const char *subscribe;
    int sockets;
    uint64_t frames, events, delivered, skipped, backward;
    struct histogram latency;
};

static struct {
    const char *host, *path, *ready, *ping, *pong, *headers_file;
    int port, sockets, concurrency, groups, sources, slow, slow_trickle, slow_rcvbuf, after_message;
    double connect_timeout;
    struct in_addr source[MAX_SOURCES];
} opt = {"127.0.0.1", "/", "subscribed", "", "pong", NULL, 0, 1000, 100, 0, 0, 0, 0, 4096, 0, 60, {{0}}};

static struct sock *socks;
static struct group groups[MAX_GROUPS];
static struct sockaddr_in target;
static char **headers;
static int header_count, epoll_fd, opened, in_flight, ready_count, alive, failed, lost, round_number;
static int close_codes[5000];
static char first_error[200];
static uint8_t *buffer;
static uint64_t other_frames, bytes_in, reads, pings_sent;
static struct histogram connects, pongs;
static int64_t window_from, window_to, min_seq, max_seq;

static void die(const char *text) {
    fprintf(stderr, "load: %s\n", text);
    exit(2);
}

static void note_error(const char *what, const char *detail) {
    if (!first_error[0]) snprintf(first_error, sizeof first_error, "%s: %.120s", what, detail);
    for (char *c = first_error; *c; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ') *c = ' ';
}

/* --- one socket --- */

static void sock_end(struct sock *s) {
    if (s->state == NONE || s->state == GONE) return;
    if (s->state < READY) failed++, in_flight--;
    else if (s->state == READY) lost++, ready_count--;
    alive--;
    close(s->fd);
    free(s->partial);
    s->partial = NULL;
    s->held = 0;
    s->state = GONE;
}

static void watch(struct sock *s, int op, uint32_t events) {
    struct epoll_event e = {.events = events, .data.u32 = (uint32_t)(s - socks)};
    epoll_ctl(epoll_fd, op, s->fd, &e);
}

/* Send one masked frame (RFC 6455, 5.3). They are small and rare: a full buffer is an error. */
static void send_frame(struct sock *s, int opcode, const void *payload, size_t length) {
    static uint8_t frame[65536];
    static uint32_t mask = 0x9E3779B9;
    size_t head = 2;
    if (length > sizeof frame - 8) die("a message to send is longer than 65,000 bytes");
    mask = mask * 1664525 + 1013904223;
    frame[0] = (uint8_t)(0x80 | opcode);
    if (length < 126) frame[1] = (uint8_t)(0x80 | length);
    else frame[1] = 0x80 | 126, frame[2] = (uint8_t)(length >> 8), frame[3] = (uint8_t)length, head = 4;
    memcpy(frame + head, &mask, 4);
    for (size_t i = 0; i < length; i++) frame[head + 4 + i] = ((const uint8_t *)payload)[i] ^ frame[head + i % 4];
    if (send(s->fd, frame, head + 4 + length, MSG_NOSIGNAL) != (ssize_t)(head + 4 + length)) {
        note_error("send", strerror(errno));
        sock_end(s);
    }
}

static void sock_connect(int index) {
    struct sock *s = &socks[index];
    int one = 1;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) die(strerror(errno));
    s->group = index % opt.groups;
    s->slow = opt.slow > 0 && index % (opt.sockets / opt.slow) == 0;
    s->last_seq = s->pinged = s->asked = 0;
    s->started = now_ns();
    s->state = CONNECTING;
    in_flight++, alive++;
    if (s->slow) { /* small segments keep the server's kernel from swallowing megabytes for a reader that has stopped */
        int segment = 536;
        setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &opt.slow_rcvbuf, sizeof(int));
        setsockopt(s->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (opt.sources) {
        struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = opt.source[(index + round_number) % opt.sources]};
        setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(s->fd, (struct sockaddr *)&from, sizeof from)) die("a source address can't be bound");
    }
    int result = connect(s->fd, (struct sockaddr *)&target, sizeof target), error = errno;
    watch(s, EPOLL_CTL_ADD, EPOLLOUT);
    if (result && error != EINPROGRESS) {
        note_error("connect", strerror(error));
        sock_end(s);
    }
}

static void sock_handshake(struct sock *s) {
    char request[8192];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        note_error("connect", strerror(error));
        sock_end(s);
        return;
    }
    const char *extra = header_count ? headers[(s - socks) % header_count] : "";
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n%s\r\n",
                          opt.path, opt.host, opt.port, extra);
    if (length >= (int)sizeof request) die("the headers of a socket are longer than 8,000 bytes");
    if (send(s->fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
        note_error("handshake", strerror(errno));
        sock_end(s);
        return;
    }
    s->state = HANDSHAKE;
    watch(s, EPOLL_CTL_MOD, EPOLLIN);
}

static void sock_subscribe(struct sock *s) {
    const char *text = groups[s->group].subscribe;
    s->asked = 1;
    send_frame(s, 1, text, strlen(text));
}

static void sock_ready(struct sock *s) {
    s->state = READY;
    histogram_add(&connects, now_ns() - s->started);
    in_flight--, ready_count++;
    if (s->slow) watch(s, EPOLL_CTL_MOD, 0); /* never read again; errors and hang-ups are told all the same */
}

/* --- what comes in --- */

static void on_events(struct sock *s, struct events *e, int64_t now) {
    struct group *g = &groups[s->group];
    int64_t step = e->seq[0] - s->last_seq;
    g->frames++;
    g->events += e->count;
    if (s->last_seq && step < 1) g->backward++;
    else if (s->last_seq) g->skipped += (uint64_t)(step - 1);
    g->skipped += e->skipped;
    g->backward += e->backward;
    s->last_seq = e->seq[e->count - 1];
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->sent[i] < window_from || e->sent[i] >= window_to) continue;
        g->delivered++;
        histogram_add(&g->latency, now - e->sent[i]);
        if (e->seq[i] < min_seq) min_seq = e->seq[i];
        if (e->seq[i] > max_seq) max_seq = e->seq[i];
    }
}

static void on_text(struct sock *s, const uint8_t *payload, uint32_t length, int64_t now) {
    if (s->state == OPENED) {
        if (memmem(payload, length, opt.ready, strlen(opt.ready))) sock_ready(s);
        else if (!s->asked) sock_subscribe(s);
        return;
    }
    struct events *e = events_of(payload, length);
    if (e->count) {
        on_events(s, e, now);
        return;
    }
    other_frames++;
    if (s->pinged && memmem(payload, length, opt.pong, strlen(opt.pong))) {
        histogram_add(&pongs, now - s->pinged);
        s->pinged = 0;
    }
}

static void on_frame(struct sock *s, int opcode, const uint8_t *payload, uint32_t length, int64_t now) {
    if (opcode == 1 || opcode == 2) on_text(s, payload, length, now);
    else if (opcode == 9) send_frame(s, 10, payload, length);
    else if (opcode == 8) {
        int code = length < 2 ? 1005 : payload[0] << 8 | payload[1];
        close_codes[code < 5000 ? code : 0]++;
        if (s->state != CLOSING) {
            char text[24];
            snprintf(text, sizeof text, "code %d", code);
            note_error("closed by the server", text);
            send_frame(s, 8, payload, length < 2 ? 0 : 2);
        }
        sock_end(s);
    } else if (opcode == 0) {
        note_error("frame", "fragmented, which this client does not read");
        sock_end(s);
    }
}

/* Return how many bytes of the answer to the handshake were used, 0 while it is not whole. */
static uint32_t on_handshake(struct sock *s, uint8_t *data, uint32_t length) {
    uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) return 0;
    uint32_t size = (uint32_t)(end - data) + 4;
    if (memcmp(data, "HTTP/1.1 101", 12) || !memmem(data, size, ACCEPT, sizeof ACCEPT - 1)) {
        *(uint8_t *)memchr(data, '\r', size) = 0;
        note_error("handshake refused", (char *)data);
        sock_end(s);
        return size;
    }
    s->state = OPENED;
    if (!opt.after_message) sock_subscribe(s);
    return size;
}

/* Handle every whole frame of data; return how many bytes were used. */
static uint32_t on_data(struct sock *s, uint8_t *data, uint32_t length, int64_t now) {
    uint32_t used = s->state == HANDSHAKE ? on_handshake(s, data, length) : 0;
    while (s->state >= OPENED && s->state <= CLOSING && length - used >= 2) {
        uint8_t *frame = data + used;
        uint64_t size = frame[1] & 127, head = 2;
        if (size == 126) {
            head = 4;
            if (length - used < head) break;
            size = (uint64_t)(frame[2] << 8 | frame[3]);
        } else if (size == 127) {
            head = 10;
            if (length - used < head) break;
            size = 0;
            for (int i = 2; i < 10; i++) size = size << 8 | frame[i];
        }
        if (size > FRAME_LIMIT) die("a frame is longer than 4 MiB");
        if (length - used < head + size) break;
        on_frame(s, frame[0] & 15, frame + head, (uint32_t)size, now);
        used += (uint32_t)(head + size);
    }
    return used;
}

static void sock_read(struct sock *s) {
    uint32_t held = s->held;
    if (held) memcpy(buffer, s->partial, held);
    ssize_t got = recv(s->fd, buffer + held, READ_SIZE, 0);
    reads++;
    if (got <= 0) {
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (s->state != CLOSING) note_error("connection lost", got ? strerror(errno) : "ended by the server");
        sock_end(s);
        return;
    }
    bytes_in += (uint64_t)got;
    uint32_t length = held + (uint32_t)got, used = on_data(s, buffer, length, now_ns());
    if (s->state == GONE) return;
    s->held = length - used;
    if (s->held) {
        s->partial = realloc(s->partial, s->held);
        memcpy(s->partial, buffer + used, s->held);
    } else if (s->partial) {
        free(s->partial);
        s->partial = NULL;
    }
}

static void sock_trickle(struct sock *s) {
    char drop[256];
    if (s->state == READY && recv(s->fd, drop, sizeof drop, MSG_DONTWAIT) == 0) sock_end(s);
}

/* Handle what is there, waiting at most timeout ms. Returns true when standard input has something. */
static int pump(int timeout) {
    static int64_t trickled;
    struct epoll_event events[256];
    int count = epoll_wait(epoll_fd, events, 256, timeout), input = 0;
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == UINT32_MAX) {
            input = 1;
            continue;
        }
        struct sock *s = &socks[events[i].data.u32];
        if (s->state == GONE || s->state == NONE) continue;
        if (s->state == CONNECTING) sock_handshake(s);
        else if (s->state == READY && s->slow) sock_end(s); /* only errors and hang-ups are told of it */
        else sock_read(s);
    }
    if (opt.slow_trickle && now_ns() - trickled > 100000000) {
        trickled = now_ns();
        for (int i = 0; i < opt.sockets; i++)
            if (socks[i].slow) sock_trickle(&socks[i]);
    }
    return input;
}

/* --- commands --- */

static double cpu_seconds(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void print_tail(void) {
    printf(",\"alive\":%d,\"lost\":%d,\"error\":\"%s\",\"closeCodes\":{", alive, lost, first_error);
    for (int code = 0, any = 0; code < 5000; code++)
        if (close_codes[code]) printf("%s\"%d\":%d", any++ ? "," : "", code, close_codes[code]);
    printf("}}\n");
    fflush(stdout);
    first_error[0] = 0;
    memset(close_codes, 0, sizeof close_codes);
}

static void command_connect(void) {
    double cpu = cpu_seconds();
    int64_t from = now_ns(), limit = from + (int64_t)(opt.connect_timeout * 1e9), last = from;
    memset(&connects, 0, sizeof connects);
    opened = failed = lost = 0;
    round_number++;
    while (ready_count + failed + lost < opt.sockets && now_ns() < limit) {
        while (opened < opt.sockets && in_flight < opt.concurrency) sock_connect(opened++);
        int before = ready_count;
        pump(10);
        if (ready_count > before) last = now_ns();
    }
    double elapsed = (double)(last - from) / 1e9;
    printf("{\"command\":\"connect\",\"sockets\":%d,\"ready\":%d,\"failed\":%d,\"waiting\":%d,\"elapsedS\":%.4f,"
           "\"perSecond\":%.1f,\"clientCpu\":%.4f,\"connectMs\":",
           opt.sockets, ready_count, failed, in_flight, elapsed, ready_count / (elapsed > 0 ? elapsed : 1),
           (cpu_seconds() - cpu) / ((double)(now_ns() - from) / 1e9));
    histogram_print(&connects);
    print_tail();
}

static void send_pings(int64_t *next, int64_t every, int64_t now) {
    static int turn;
    for (; *next <= now; *next += every) {
        for (int tries = 0; tries < opt.sockets; tries++) {
            struct sock *s = &socks[turn++ % opt.sockets];
            if (s->state != READY || s->slow || s->pinged) continue;
            s->pinged = now_ns();
            pings_sent++;
            send_frame(s, 1, opt.ping, strlen(opt.ping));
            break;
        }
    }
}

static void command_measure(double window, double drain, double ping_rate) {
    int64_t from = now_ns(), to = from + (int64_t)(window * 1e9), end = to + (int64_t)(drain * 1e9), next_ping = from;
    uint64_t frames[MAX_GROUPS], events[MAX_GROUPS], others = 0, bytes = 0, read_calls = 0;
    double cpu = cpu_seconds(), took = 0;
    for (int i = 0; i < opt.groups; i++) {
        const char *text = groups[i].subscribe;
        memset(&groups[i], 0, sizeof groups[i]);
        groups[i].subscribe = text;
    }
    for (int i = 0; i < opt.sockets; i++) {
        socks[i].last_seq = 0;
        if (socks[i].state == READY && !socks[i].slow) groups[socks[i].group].sockets++;
    }
    memset(&pongs, 0, sizeof pongs);
    other_frames = bytes_in = reads = pings_sent = 0;
    lost = 0;
    min_seq = INT64_MAX, max_seq = 0, window_from = from, window_to = to;
    for (int64_t now = from; !took || now < end; now = now_ns()) {
        if (!took && now >= to) {
            took = (double)(now - from) / 1e9, cpu = (cpu_seconds() - cpu) / took;
            others = other_frames, bytes = bytes_in, read_calls = reads;
            for (int i = 0; i < opt.groups; i++) frames[i] = groups[i].frames, events[i] = groups[i].events;
        }
        if (ping_rate > 0 && now < to) send_pings(&next_ping, (int64_t)(1e9 / ping_rate), now);
        pump(ping_rate > 0 ? 1 : 5);
    }
    window_from = window_to = 0;
    printf("{\"command\":\"measure\",\"windowS\":%.4f,\"clientCpu\":%.4f,\"bytes\":%lu,\"reads\":%lu,\"otherFrames\":%lu,"
           "\"firstSeq\":%ld,\"lastSeq\":%ld,\"pingsSent\":%lu,\"pongMs\":",
           took, cpu, (unsigned long)bytes, (unsigned long)read_calls, (unsigned long)others,
           max_seq ? (long)min_seq : 0, (long)max_seq, (unsigned long)pings_sent);
    histogram_print(&pongs);
    printf(",\"groups\":[");
    for (int i = 0; i < opt.groups; i++) {
        struct group *g = &groups[i];
        printf("%s{\"sockets\":%d,\"frames\":%lu,\"events\":%lu,\"delivered\":%lu,\"skipped\":%lu,\"backward\":%lu,"
               "\"latencyMs\":",
               i ? "," : "", g->sockets, (unsigned long)frames[i], (unsigned long)events[i], (unsigned long)g->delivered,
               (unsigned long)g->skipped, (unsigned long)g->backward);
        histogram_print(&g->latency);
        printf("}");
    }
    printf("]");
    print_tail();
}

static void command_close(void) {
    int64_t limit = now_ns() + 10000000000;
    for (int i = 0; i < opt.sockets; i++) {
        struct sock *s = &socks[i];
        if (s->state == READY && !s->slow) {
            s->state = CLOSING;
            ready_count--;
            send_frame(s, 8, "\x03\xe8", 2);
            if (i % 100 == 99) pump(0);
        } else sock_end(s);
    }
    while (alive && now_ns() < limit) pump(10);
    int left = alive;
    for (int i = 0; i < opt.sockets; i++) sock_end(&socks[i]);
    in_flight = ready_count = lost = 0;
    printf("{\"command\":\"close\",\"unanswered\":%d", left);
    print_tail();
}

/* --- start --- */

static void read_headers(const char *file) {
    char line[8192];
    FILE *f = fopen(file, "r");
    if (!f) die("the file of headers can't be read");
    while (fgets(line, sizeof line, f)) { /* a line a socket; its headers parted by tabs */
        char *joined = calloc(1, 2 * strlen(line) + 4), *out = joined;
        for (char *c = line; *c && *c != '\n'; c++) {
            if (*c == '\t') *out++ = '\r', *out++ = '\n';
            else *out++ = *c;
        }
        memcpy(out, "\r\n", 2);
        headers = realloc(headers, (size_t)(header_count + 1) * sizeof *headers);
        headers[header_count++] = joined;
    }
    fclose(f);
}

static void read_options(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "--host")) opt.host = value;
        else if (!strcmp(name, "--port")) opt.port = atoi(value);
        else if (!strcmp(name, "--path")) opt.path = value;
        else if (!strcmp(name, "--sockets")) opt.sockets = atoi(value);
        else if (!strcmp(name, "--concurrency")) opt.concurrency = atoi(value);
        else if (!strcmp(name, "--connect-timeout")) opt.connect_timeout = atof(value);
        else if (!strcmp(name, "--headers")) opt.headers_file = value;
        else if (!strcmp(name, "--after")) opt.after_message = !strcmp(value, "message");
        else if (!strcmp(name, "--ready")) opt.ready = value;
        else if (!strcmp(name, "--ping")) opt.ping = value;
        else if (!strcmp(name, "--pong")) opt.pong = value;
        else if (!strcmp(name, "--slow")) opt.slow = atoi(value);
        else if (!strcmp(name, "--slow-mode")) opt.slow_trickle = !strcmp(value, "trickle");
        else if (!strcmp(name, "--slow-rcvbuf")) opt.slow_rcvbuf = atoi(value);
        else if (!strcmp(name, "--subscribe") && opt.groups < MAX_GROUPS) groups[opt.groups++].subscribe = value;
        else if (!strcmp(name, "--source") && opt.sources < MAX_SOURCES) {
            if (!inet_aton(value, &opt.source[opt.sources++])) die("a source is no IPv4 address");
        } else die("unknown option; see bench/README.md");
    }
    if (!opt.groups || !opt.port || opt.sockets < 1) die("--port, --sockets and --subscribe are needed");
    if (opt.slow > opt.sockets) die("more slow sockets than sockets");
    if (opt.headers_file) read_headers(opt.headers_file);
}

int main(int argc, char **argv) {
    struct rlimit limit;
    struct epoll_event input = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    char line[200];
    read_options(argc, argv);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < (rlim_t)opt.sockets + 32) {
        fprintf(stderr, "load: %d sockets need a limit on open files of %d, and the hard limit is %lu; raise it (ulimit -Hn).\n",
                opt.sockets, opt.sockets + 32, (unsigned long)limit.rlim_max);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdin, NULL, _IONBF, 0);
    target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
    if (!inet_aton(opt.host, &target.sin_addr)) die("--host is no IPv4 address");
    socks = calloc((size_t)opt.sockets, sizeof *socks);
    buffer = malloc(FRAME_LIMIT + 16 + READ_SIZE);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &input);
    for (;;) {
        while (!pump(100)) continue;
        double window = 1, drain = 0, pings = 0;
        if (!fgets(line, sizeof line, stdin)) return 0;
        if (!strncmp(line, "connect", 7)) command_connect();
        else if (!strncmp(line, "close", 5)) command_close();
        else if (sscanf(line, "measure %lf %lf %lf", &window, &drain, &pings) >= 1) command_measure(window, drain, pings);
        else die("unknown command; see bench/README.md");
    }
}
