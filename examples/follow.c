/* Follows a tenant's events and prints each on a line of its own, without a gap or a double.
 *
 *     cc -o follow follow.c -lzmq
 *     ./follow tcp://127.0.0.1:5572 PUBLIC SECRET SERVER [FIRST-OFFSET]
 *
 * The keys are those that `parley tap create` printed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { CREDIT = 500, SILENCE_MS = 3000, FRAMES_MAX = 3 };

static void put_big_endian(unsigned char *bytes, uint64_t value, int count) {
    for (int place = count - 1; place >= 0; place--) {
        bytes[place] = (unsigned char)(value & 0xff);
        value >>= 8;
    }
}

static uint64_t big_endian(const unsigned char *bytes, size_t count) {
    uint64_t value = 0;
    for (size_t place = 0; place < count; place++) value = value << 8 | bytes[place];
    return value;
}

static void *connect_to(void *context, char **arguments) {
    void *socket = zmq_socket(context, ZMQ_DEALER);
    int linger = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, arguments[2], 41);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, arguments[3], 41);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, arguments[4], 41);
    if (zmq_connect(socket, arguments[1]) != 0) {
        fprintf(stderr, "%s: %s\n", arguments[1], zmq_strerror(zmq_errno()));
        exit(69);
    }
    return socket;
}

static void ask(void *socket, uint64_t from) {
    unsigned char number[8], credit[4];
    put_big_endian(number, from, 8);
    put_big_endian(credit, CREDIT, 4);
    zmq_send(socket, "STREAM", 6, ZMQ_SNDMORE);
    zmq_send(socket, number, 8, ZMQ_SNDMORE);
    zmq_send(socket, credit, 4, 0);
}

static void grant(void *socket) {
    unsigned char one[4] = {0, 0, 0, 1};
    zmq_send(socket, "CREDIT", 6, ZMQ_SNDMORE);
    zmq_send(socket, one, 4, 0);
}

/* Takes one message; returns how many frames it had, the first three of them in `frames`. */
static int receive(void *socket, zmq_msg_t *frames) {
    int count = 0, more = 1;
    while (more) {
        zmq_msg_t rest;
        zmq_msg_t *frame = count < FRAMES_MAX ? &frames[count] : &rest;
        zmq_msg_init(frame);
        if (zmq_msg_recv(frame, socket, 0) < 0) return count;
        more = zmq_msg_more(frame);
        if (frame == &rest) zmq_msg_close(&rest);
        count++;
    }
    return count;
}

static int is(zmq_msg_t *frame, const char *text) {
    return zmq_msg_size(frame) == strlen(text) && memcmp(zmq_msg_data(frame), text, strlen(text)) == 0;
}

int main(int count, char **arguments) {
    if (count < 5) {
        fprintf(stderr, "usage: %s STREAM-ENDPOINT PUBLIC SECRET SERVER [FIRST-OFFSET]\n", arguments[0]);
        return 64;
    }
    uint64_t next = count > 5 ? strtoull(arguments[5], NULL, 10) : 1;
    void *context = zmq_ctx_new();
    for (;;) {
        void *socket = connect_to(context, arguments);
        ask(socket, next);
        zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
        int goes_on = 1;
        while (goes_on && zmq_poll(&item, 1, SILENCE_MS) > 0) {
            zmq_msg_t frames[FRAMES_MAX];
            int taken = receive(socket, frames);
            if (taken == 3 && zmq_msg_size(&frames[1]) == 8) {
                uint64_t offset = big_endian(zmq_msg_data(&frames[1]), 8);
                int is_heartbeat = offset == 0 && zmq_msg_size(&frames[2]) > 21 &&
                                   memcmp(zmq_msg_data(&frames[2]), "{\"event\":\"heartbeat\"", 20) == 0;
                if (offset == next) {
                    fwrite(zmq_msg_data(&frames[2]), 1, zmq_msg_size(&frames[2]), stdout);
                    putchar('\n');
                    fflush(stdout);
                    next++;
                }
                if (!is_heartbeat) grant(socket);
            } else if (taken == 2 && is(&frames[0], "GONE")) {
                fprintf(stderr, "the log no longer reaches back to %llu\n", (unsigned long long)next);
                return 1;
            } else if (taken == 2 && is(&frames[0], "REFUSED")) {
                zmq_poll(NULL, 0, 1000);
                goes_on = 0;
            }
            for (int place = 0; place < taken && place < FRAMES_MAX; place++) zmq_msg_close(&frames[place]);
        }
        zmq_close(socket);
    }
}
