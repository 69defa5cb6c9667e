/*
 * Records what a process writes to the files below a folder, and when it has them synced, in the order in which it
 * happens. Loaded before the C library (LD_PRELOAD).
 *
 * CRMKIT_JOURNAL_BELOW names the folder, CRMKIT_JOURNAL the file of the record. An entry is
 *   kind (1 byte), length of the name (2), of the data (4), offset (8), the name, the data; numbers little-endian.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096

enum kind { WRITE = 1, TRUNCATE = 2, SYNC = 3, REMOVE = 4 };

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static char *names[FILES];
static int record = -1;
static const char *below;

static int (*next_open)(const char *, int, ...);
static int (*next_close)(int);
static ssize_t (*next_write)(int, const void *, size_t);
static ssize_t (*next_pwrite)(int, const void *, size_t, off_t);
static int (*next_fsync)(int);
static int (*next_fdatasync)(int);
static int (*next_ftruncate)(int, off_t);
static int (*next_unlink)(const char *);

static void die(void) { _exit(97); }

__attribute__((constructor)) static void begin(void)
{
    next_open = dlsym(RTLD_NEXT, "open");
    next_close = dlsym(RTLD_NEXT, "close");
    next_write = dlsym(RTLD_NEXT, "write");
    next_pwrite = dlsym(RTLD_NEXT, "pwrite");
    next_fsync = dlsym(RTLD_NEXT, "fsync");
    next_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    next_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    next_unlink = dlsym(RTLD_NEXT, "unlink");
    below = getenv("CRMKIT_JOURNAL_BELOW");
    const char *path = getenv("CRMKIT_JOURNAL");
    if (below && path) {
        record = next_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (record < 0) die();
    }
}

static void all(const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        ssize_t done = next_write(record, at, length);
        if (done <= 0) die();
        at += done;
        length -= (size_t)done;
    }
}

static void note(enum kind kind, const char *name, uint64_t offset, const void *data, size_t length)
{
    unsigned char head[15];
    size_t named = strlen(name);
    head[0] = (unsigned char)kind;
    for (int i = 0; i < 2; i++) head[1 + i] = (unsigned char)(named >> (8 * i));
    for (int i = 0; i < 4; i++) head[3 + i] = (unsigned char)(length >> (8 * i));
    for (int i = 0; i < 8; i++) head[7 + i] = (unsigned char)(offset >> (8 * i));
    all(head, sizeof head);
    all(name, named);
    if (length > 0) all(data, length);
}

static const char *name_of(int file)
{
    return file >= 0 && file < FILES ? names[file] : NULL;
}

static int opened(const char *path, int flags, mode_t mode)
{
    pthread_mutex_lock(&order);
    int file = next_open(path, flags, mode);
    if (record >= 0 && file >= 0 && file < FILES) {
        free(names[file]);
        names[file] = NULL;
        size_t length = strlen(below);
        if (strncmp(path, below, length) == 0 && path[length] == '/') {
            names[file] = strdup(path + length + 1);
            if (flags & O_TRUNC) note(TRUNCATE, names[file], 0, NULL, 0);
        }
    }
    pthread_mutex_unlock(&order);
    return file;
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    return opened(path, flags, mode);
}

int close(int file)
{
    pthread_mutex_lock(&order);
    if (file >= 0 && file < FILES) {
        free(names[file]);
        names[file] = NULL;
    }
    int done = next_close(file);
    pthread_mutex_unlock(&order);
    return done;
}

ssize_t write(int file, const void *data, size_t length)
{
    if (!name_of(file)) return next_write(file, data, length);
    pthread_mutex_lock(&order);
    off_t at = lseek(file, 0, SEEK_CUR);
    ssize_t done = next_write(file, data, length);
    if (done > 0 && name_of(file)) note(WRITE, name_of(file), (uint64_t)at, data, (size_t)done);
    pthread_mutex_unlock(&order);
    return done;
}

ssize_t pwrite(int file, const void *data, size_t length, off_t at)
{
    if (!name_of(file)) return next_pwrite(file, data, length, at);
    pthread_mutex_lock(&order);
    ssize_t done = next_pwrite(file, data, length, at);
    if (done > 0 && name_of(file)) note(WRITE, name_of(file), (uint64_t)at, data, (size_t)done);
    pthread_mutex_unlock(&order);
    return done;
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t at) { return pwrite(file, data, length, at); }

static int synced(int file, int (*sync)(int))
{
    if (!name_of(file)) return sync(file);
    /* What is written while the disk is busy is not promised to be on it: it is noted behind the sync's beginning. */
    pthread_mutex_lock(&order);
    int done = sync(file);
    if (done == 0 && name_of(file)) note(SYNC, name_of(file), 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int fsync(int file) { return synced(file, next_fsync); }
int fdatasync(int file) { return synced(file, next_fdatasync); }

int ftruncate(int file, off_t length)
{
    if (!name_of(file)) return next_ftruncate(file, length);
    pthread_mutex_lock(&order);
    int done = next_ftruncate(file, length);
    if (done == 0 && name_of(file)) note(TRUNCATE, name_of(file), (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

int unlink(const char *path)
{
    pthread_mutex_lock(&order);
    int done = next_unlink(path);
    size_t length = below ? strlen(below) : 0;
    if (done == 0 && record >= 0 && strncmp(path, below, length) == 0 && path[length] == '/')
        note(REMOVE, path + length + 1, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}
