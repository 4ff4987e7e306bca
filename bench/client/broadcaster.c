/* The least that can answer the load client: accept, shake hands, broadcast. Its only use is to show the client's own
 * ceiling (`--calibrate`), so it checks nothing and answers the client's one fixed key.
 *
 * Usage: broadcaster PORT; then on standard input `publish RATE SECONDS JOIN` (RATE 0: as fast as it goes; JOIN frames a write). */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define MAX 65536
static const char ANSWER[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static int members[MAX], place[MAX], count, epoll_fd;
static uint8_t greeted[MAX];
static long published;

static void leave(int fd) {
    if (greeted[fd] == 2) members[place[fd]] = members[--count], place[members[place[fd]]] = place[fd];
    greeted[fd] = 0;
    close(fd);
}

static void on_input(int fd) {
    static char data[65536];
    static const char subscribed[] = "\x81\x16{\"event\":\"subscribed\"}";
    ssize_t got = recv(fd, data, sizeof data, MSG_DONTWAIT);
    if (got <= 0 || (greeted[fd] == 2 && (data[0] & 15) == 8)) {
        leave(fd);
        return;
    }
    if (!greeted[fd]) {
        greeted[fd] = 1;
        send(fd, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL);
    } else if (greeted[fd] == 1) {
        greeted[fd] = 2;
        send(fd, subscribed, sizeof subscribed - 1, MSG_NOSIGNAL);
        place[fd] = count;
        members[count++] = fd;
    }
}

static void broadcast(int join) {
    static char data[65536];
    size_t length = 0;
    for (int i = 0; i < join; i++) {
        char text[400];
        int size = snprintf(text, sizeof text, "{\"event\":\"status_update\",\"data\":{\"sentNs\":%ld,\"seq\":%ld,\"pad\":\"", (long)now_ns(), ++published);
        while (size < 346) text[size++] = 'x';
        memcpy(text + size, "\"}}", 3);
        memcpy(data + length, "\x81\x7e\x01\x5d", 4); /* 349 bytes */
        memcpy(data + length + 4, text, 349);
        length += 353;
    }
    for (int i = count - 1; i >= 0; i--) /* blocking: the client's own pace is the limit */
        if (send(members[i], data, length, MSG_NOSIGNAL) < 0) leave(members[i]);
}

static int pump(int listener, int timeout) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll_fd, events, 256, timeout), input = 0;
    for (int i = 0; i < ready; i++) {
        int fd = events[i].data.fd;
        if (fd == 0) input = 1;
        else if (fd != listener) on_input(fd);
        else while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
            int one = 1;
            struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
            if (fd >= MAX) {
                close(fd);
                continue;
            }
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
        }
    }
    return input;
}

int main(int argc, char **argv) {
    struct rlimit limit;
    char line[100];
    int one = 1;
    if (argc != 2) return 2;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdin, NULL, _IONBF, 0);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one); /* several of them share a port */
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) {
        perror("broadcaster");
        return 1;
    }
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, input = {.events = EPOLLIN, .data.fd = 0};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &input);
    for (;;) {
        double rate = 1, seconds = 1;
        int join = 1;
        while (!pump(listener, 100)) continue;
        if (!fgets(line, sizeof line, stdin)) return 0;
        if (sscanf(line, "publish %lf %lf %d", &rate, &seconds, &join) != 3 || join < 1 || join > 180) continue;
        int64_t from = now_ns(), next = from;
        while (now_ns() - from < (int64_t)(seconds * 1e9)) {
            if (now_ns() >= next) {
                broadcast(join);
                next += rate > 0 ? (int64_t)(1e9 / rate) : 0;
            }
            pump(listener, rate > 0 ? 1 : 0);
        }
    }
}
