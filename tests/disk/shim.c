/* Stands between a program and the disk, for the files of one folder. It writes down what
 * the program does to them, with the data, and lets a sync fail when it is told to.
 *
 * DISK_FOLDER   the folder
 * DISK_LOG      where it is written down; nowhere without it
 * DISK_FAULTS   a folder; while a file "sync" is in it, syncs of the journal fail with EIO;
 *               while a file "reads" is in it, so do reads, once DISK_MARK is on disk
 * DISK_MARK     a text; it is on disk when a sync follows a write of it
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WROTE = 1, CUT = 2, SYNCED = 3, MADE = 4, REMOVED = 5, FOLDER_SYNCED = 6 };

struct head {
    uint32_t kind;
    uint32_t name;
    uint64_t offset;
    uint64_t length;
};

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The name of a file in the folder, or nothing: what is not the journal's is not seen. */
static const char *ours(const char *path) {
    const char *folder = getenv("DISK_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    if (!length || strncmp(path, folder, length) || path[length] != '/') return NULL;
    const char *name = path + length + 1;
    /* The rollback journal is there while the first page of a new journal is written. */
    int seen = !strcmp(name, "relay.db") || !strcmp(name, "relay.db-wal") || !strcmp(name, "relay.db-journal");
    return seen ? name : NULL;
}

static const char *path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return path;
}

static const char *of_fd(int fd, char *path, size_t size) {
    return path_of(fd, path, size) ? ours(path) : NULL;
}

/* One record is one write to a file that is only appended to, so that others can write
 * down their own in between. */
static void put(uint32_t kind, const char *name, uint64_t offset, const void *data, uint64_t length) {
    static int log = -1;
    int before = errno;
    if (log < 0) {
        const char *path = getenv("DISK_LOG");
        if (!path) return;
        log = NEXT(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
    struct head head = {kind, (uint32_t)strlen(name), offset, length};
    struct iovec parts[3] = {
        {&head, sizeof head}, {(void *)name, head.name}, {(void *)data, data ? length : 0}};
    ssize_t whole = (ssize_t)(sizeof head + head.name + parts[2].iov_len);
    if (writev(log, parts, 3) != whole) abort();
    errno = before;
}

static int fails(const char *what) {
    char path[4096];
    const char *folder = getenv("DISK_FAULTS");
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, what);
    return access(path, F_OK) == 0;
}

/* 1: the mark was written, 2: and it is on disk. */
static volatile int marked = 0;

static void look_for_mark(const void *data, size_t count) {
    const char *mark = getenv("DISK_MARK");
    if (mark && !marked && memmem(data, count, mark, strlen(mark))) marked = 1;
}

ssize_t pread64(int fd, void *data, size_t count, off64_t offset) {
    char path[4096];
    if (marked == 2 && of_fd(fd, path, sizeof path) && fails("reads")) {
        errno = EIO;
        return -1;
    }
    return NEXT(pread64)(fd, data, count, offset);
}

ssize_t pread(int fd, void *data, size_t count, off_t offset) {
    return pread64(fd, data, count, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
    char path[4096];
    ssize_t wrote = NEXT(pwrite64)(fd, data, count, offset);
    const char *name = wrote > 0 ? of_fd(fd, path, sizeof path) : NULL;
    if (name) look_for_mark(data, (size_t)wrote);
    if (name) put(WROTE, name, (uint64_t)offset, data, (uint64_t)wrote);
    return wrote;
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) {
    return pwrite64(fd, data, count, offset);
}

/* SQLite writes at a place; a plain write would be unseen. */
ssize_t write(int fd, const void *data, size_t count) {
    char path[4096];
    if (fd > 2 && of_fd(fd, path, sizeof path)) abort();
    return NEXT(write)(fd, data, count);
}

int ftruncate64(int fd, off64_t length) {
    char path[4096];
    int result = NEXT(ftruncate64)(fd, length);
    const char *name = result == 0 ? of_fd(fd, path, sizeof path) : NULL;
    if (name) put(CUT, name, (uint64_t)length, NULL, 0);
    return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int sync_of(int fd, int (*next)(int)) {
    char path[4096];
    const char *whole = path_of(fd, path, sizeof path);
    const char *name = whole ? ours(whole) : NULL;
    if (name && fails("sync")) {
        errno = EIO;
        return -1;
    }
    int result = next(fd);
    if (result == 0 && name && marked == 1) marked = 2;
    if (result == 0 && name) put(SYNCED, name, 0, NULL, 0);
    const char *folder = getenv("DISK_FOLDER");
    if (result == 0 && whole && folder && !strcmp(whole, folder)) put(FOLDER_SYNCED, "", 0, NULL, 0);
    return result;
}

int fsync(int fd) { return sync_of(fd, NEXT(fsync)); }

int fdatasync(int fd) { return sync_of(fd, NEXT(fdatasync)); }

static int opened(const char *path, int flags, int (*next)(const char *, int, ...), mode_t mode) {
    const char *name = flags & O_CREAT ? ours(path) : NULL;
    int there = name ? access(path, F_OK) == 0 : 1;
    int fd = next(path, flags, mode);
    if (fd >= 0 && name && !there) put(MADE, name, 0, NULL, 0);
    if (fd >= 0 && flags & O_TRUNC && ours(path)) put(CUT, ours(path), 0, NULL, 0);
    return fd;
}

static mode_t mode_of(int flags, va_list rest) { return flags & O_CREAT ? va_arg(rest, mode_t) : 0; }

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return opened(path, flags, NEXT(open), mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return opened(path, flags, NEXT(open64), mode);
}

int unlink(const char *path) {
    int result = NEXT(unlink)(path);
    if (result == 0 && ours(path)) put(REMOVED, ours(path), 0, NULL, 0);
    return result;
}
