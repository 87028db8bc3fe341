/* Preloaded into a process, writes down every write, truncation and sync of the files whose path holds $RECORD_FOLDER, in order, to
 * $RECORD_LOG. The power-cut test replays that log to every state that a cut could have left on the device.
 *
 * A record: kind (u8: 'w' write, 'd' write through an O_DSYNC descriptor, 's' sync, 't' truncate, 'r' renamed, octets: the new path), file (u8:
 * number of the path in the order of opening), offset (u64), length (u32), octets. All numbers in the machine's order. Paths go to
 * $RECORD_LOG.paths, one a line. Calls that do not go through libc are not seen; the test compares what was recorded with the file at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, PATHS = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_descriptor = -2;
static int file_of[DESCRIPTORS];   /* number of the path + 1 */
static int dsync_of[DESCRIPTORS];
static char *paths[PATHS];

static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_open)(const char *, int, ...);

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static void open_log(void) {
    const char *path = getenv("RECORD_LOG");
    if (!real_write) real_write = real("write");
    if (!real_open) real_open = real("open64");
    log_descriptor = path ? real_open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
}

/* To be called with the lock held. */
static void put(char kind, int file, uint64_t offset, const struct iovec *pieces, int count) {
    if (log_descriptor == -2) open_log();
    if (log_descriptor < 0) return;
    uint32_t length = 0;
    for (int i = 0; i < count; i++) length += pieces[i].iov_len;
    size_t size = 14 + length;
    char *whole = malloc(size);
    whole[0] = kind;
    whole[1] = (char)(file - 1);
    memcpy(whole + 2, &offset, 8);
    memcpy(whole + 10, &length, 4);
    char *at = whole + 14;
    for (int i = 0; i < count; i++) { memcpy(at, pieces[i].iov_base, pieces[i].iov_len); at += pieces[i].iov_len; }
    if (real_write(log_descriptor, whole, size) != (ssize_t)size) abort();
    free(whole);
}

static void record(char kind, int descriptor, uint64_t offset, const struct iovec *pieces, int count) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS || !file_of[descriptor]) return;
    pthread_mutex_lock(&lock);
    put(kind, file_of[descriptor], offset, pieces, count);
    pthread_mutex_unlock(&lock);
}

/* The number of a path + 1; 0: it is not one of ours. To be called with the lock held. */
static int number_of(const char *path) {
    const char *folder = getenv("RECORD_FOLDER");
    if (!folder || !strstr(path, folder)) return 0;
    int number = 0;
    while (number < PATHS && paths[number] && strcmp(paths[number], path)) number++;
    if (number >= PATHS) abort();
    if (!paths[number]) {
        paths[number] = strdup(path);
        char name[4096];
        snprintf(name, sizeof name, "%s.paths", getenv("RECORD_LOG"));
        FILE *list = fopen(name, "a");
        if (list) { fprintf(list, "%s\n", path); fclose(list); }
    }
    return number + 1;
}

static char write_kind(int descriptor) { return descriptor < DESCRIPTORS && dsync_of[descriptor] ? 'd' : 'w'; }

static void opened(const char *path, int flags, int descriptor) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return;
    pthread_mutex_lock(&lock);
    file_of[descriptor] = number_of(path);
    dsync_of[descriptor] = (flags & (O_DSYNC | O_SYNC)) != 0;
    pthread_mutex_unlock(&lock);
}

#define OPENER(name)                                                                  \
    int name(const char *path, int flags, ...) {                                      \
        va_list rest;                                                                 \
        va_start(rest, flags);                                                        \
        mode_t mode = va_arg(rest, mode_t);                                           \
        va_end(rest);                                                                 \
        int (*call)(const char *, int, ...) = real(#name);                            \
        int descriptor = call(path, flags, mode);                                     \
        opened(path, flags, descriptor);                                              \
        return descriptor;                                                            \
    }
OPENER(open)
OPENER(open64)

int close(int descriptor) {
    int (*call)(int) = real("close");
    if (descriptor >= 0 && descriptor < DESCRIPTORS) file_of[descriptor] = dsync_of[descriptor] = 0;
    return call(descriptor);
}

/* Where the descriptor writes next. */
static off64_t place_of(int descriptor) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS || !file_of[descriptor]) return 0;
    return lseek64(descriptor, 0, fcntl(descriptor, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
}

ssize_t write(int descriptor, const void *octets, size_t length) {
    if (!real_write) real_write = real("write");
    off64_t at = place_of(descriptor);
    ssize_t written = real_write(descriptor, octets, length);
    struct iovec piece = {(void *)octets, written > 0 ? (size_t)written : 0};
    if (written > 0) record(write_kind(descriptor), descriptor, at, &piece, 1);
    return written;
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
    ssize_t (*call)(int, const struct iovec *, int) = real("writev");
    off64_t at = place_of(descriptor);
    ssize_t written = call(descriptor, pieces, count);
    if (written > 0) record(write_kind(descriptor), descriptor, at, pieces, count);
    return written;
}

int rename(const char *from, const char *to) {
    int (*call)(const char *, const char *) = real("rename");
    int result = call(from, to);
    pthread_mutex_lock(&lock);
    int file = number_of(from);
    struct iovec piece = {(void *)to, strlen(to)};
    if (result == 0 && file) put('r', file, 0, &piece, 1);
    pthread_mutex_unlock(&lock);
    return result;
}

static ssize_t at_offset(const char *name, int descriptor, const void *octets, size_t length, off64_t offset) {
    ssize_t (*call)(int, const void *, size_t, off64_t) = real(name);
    ssize_t written = call(descriptor, octets, length, offset);
    struct iovec piece = {(void *)octets, written > 0 ? (size_t)written : 0};
    if (written > 0) record(write_kind(descriptor), descriptor, offset, &piece, 1);
    return written;
}
ssize_t pwrite(int d, const void *o, size_t n, off_t at) { return at_offset("pwrite", d, o, n, at); }
ssize_t pwrite64(int d, const void *o, size_t n, off64_t at) { return at_offset("pwrite64", d, o, n, at); }

static ssize_t pieces_at(const char *name, int descriptor, const struct iovec *pieces, int count, off64_t offset) {
    ssize_t (*call)(int, const struct iovec *, int, off64_t) = real(name);
    ssize_t written = call(descriptor, pieces, count, offset);
    if (written > 0) record(write_kind(descriptor), descriptor, offset, pieces, count);
    return written;
}
ssize_t pwritev(int d, const struct iovec *p, int n, off_t at) { return pieces_at("pwritev", d, p, n, at); }
ssize_t pwritev64(int d, const struct iovec *p, int n, off64_t at) { return pieces_at("pwritev64", d, p, n, at); }

static int truncated(const char *name, int descriptor, off64_t length) {
    int (*call)(int, off64_t) = real(name);
    int result = call(descriptor, length);
    if (result == 0) record('t', descriptor, length, NULL, 0);
    return result;
}
int ftruncate(int d, off_t n) { return truncated("ftruncate", d, n); }
int ftruncate64(int d, off64_t n) { return truncated("ftruncate64", d, n); }

static int synced(const char *name, int descriptor) {
    int (*call)(int) = real(name);
    int result = call(descriptor);
    if (result == 0) record('s', descriptor, 0, NULL, 0);
    return result;
}
int fdatasync(int d) { return synced("fdatasync", d); }
int fsync(int d) { return synced("fsync", d); }
