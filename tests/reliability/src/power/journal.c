/*
 * Stands between a process and the files below a folder (CRMKIT_JOURNAL_BELOW). Loaded before the C library (LD_PRELOAD).
 *
 * It records what the process writes there, and when it has it synced, in the order in which it happens, in the file
 * CRMKIT_JOURNAL, where that is given. An entry is
 *   kind (1 byte), length of the name (2), of the data (4), offset (8), the name, the data; numbers little-endian.
 *
 * And it makes the disk a bad one, as the file CRMKIT_DISK says, where that is given: five numbers of four bytes that may
 * be changed at any time (`struct disk`).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define FILES 4096

enum kind { WRITE = 1, TRUNCATE = 2, SYNC = 3, REMOVE = 4 };

struct disk {
    uint32_t sync;   /* how many milliseconds a sync takes longer */
    uint32_t read;   /* and a read */
    uint32_t error;  /* the error of what writes, 0 for none; EROFS is that of what opens to write, too, EACCES of that alone */
    uint32_t after;  /* how many calls succeed before it */
    uint32_t failed; /* how many have failed so far */
};

static struct disk fine, *disk = &fine;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static char *names[FILES];
static int record = -1;
static const char *below;

static int (*next_open)(const char *, int, ...);
static int (*next_close)(int);
static ssize_t (*next_read)(int, void *, size_t);
static ssize_t (*next_pread)(int, void *, size_t, off_t);
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
    next_read = dlsym(RTLD_NEXT, "read");
    next_pread = dlsym(RTLD_NEXT, "pread");
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
    const char *kept = getenv("CRMKIT_DISK");
    if (kept) {
        int file = next_open(kept, O_RDWR | O_CLOEXEC, 0);
        disk = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *disk, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (disk == MAP_FAILED) die();
        next_close(file);
    }
}

static uint32_t now(const uint32_t *number) { return __atomic_load_n(number, __ATOMIC_SEQ_CST); }

static void lag(const uint32_t *milliseconds)
{
    uint32_t left = now(milliseconds);
    struct timespec time = { left / 1000, (long)(left % 1000) * 1000000 };
    if (left > 0) nanosleep(&time, NULL);
}

static int failed(uint32_t error)
{
    uint32_t left = now(&disk->after);
    while (left > 0)
        if (__atomic_compare_exchange_n(&disk->after, &left, left - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return 0;
    __atomic_add_fetch(&disk->failed, 1, __ATOMIC_SEQ_CST);
    errno = (int)error;
    return 1;
}

/* Whether a call that writes to an open file fails. */
static int fails(void)
{
    uint32_t error = now(&disk->error);
    return error != 0 && error != EACCES && failed(error);
}

/* Whether a call that opens a file to write, or removes one, fails. */
static int closed(void)
{
    uint32_t error = now(&disk->error);
    return (error == EROFS || error == EACCES) && failed(error);
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
    if (record < 0) return;
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

/* The name within the folder, if it is there. */
static const char *within(const char *path)
{
    size_t length = below ? strlen(below) : 0;
    return length > 0 && strncmp(path, below, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static int opened(const char *path, int flags, mode_t mode)
{
    const char *name = within(path);
    if (name && (flags & O_ACCMODE) != O_RDONLY && closed()) return -1;
    pthread_mutex_lock(&order);
    int file = next_open(path, flags, mode);
    if (below && file >= 0 && file < FILES) {
        free(names[file]);
        names[file] = NULL;
        if (name) {
            names[file] = strdup(name);
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

ssize_t read(int file, void *data, size_t length)
{
    if (name_of(file)) lag(&disk->read);
    return next_read(file, data, length);
}

ssize_t pread(int file, void *data, size_t length, off_t at)
{
    if (name_of(file)) lag(&disk->read);
    return next_pread(file, data, length, at);
}

ssize_t pread64(int file, void *data, size_t length, off64_t at) { return pread(file, data, length, at); }

ssize_t write(int file, const void *data, size_t length)
{
    if (!name_of(file)) return next_write(file, data, length);
    if (fails()) return -1;
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
    if (fails()) return -1;
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
    lag(&disk->sync);
    if (fails()) return -1;
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
    if (fails()) return -1;
    pthread_mutex_lock(&order);
    int done = next_ftruncate(file, length);
    if (done == 0 && name_of(file)) note(TRUNCATE, name_of(file), (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

int unlink(const char *path)
{
    const char *name = within(path);
    if (name && closed()) return -1;
    pthread_mutex_lock(&order);
    int done = next_unlink(path);
    if (done == 0 && name) note(REMOVE, name, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}
