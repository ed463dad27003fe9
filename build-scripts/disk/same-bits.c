/*
 * Preloaded into mkfs.btrfs and mke2fs, so that the same directory always gives the same file system.
 * It stands between the program and the C library and takes away what differs from run to run and
 * from host to host:
 *
 *   access and change times      become the modification time
 *   the clock                    stands at SOURCE_DATE_EPOCH
 *   the order of directories     is that of the bytes of the names
 *   random UUIDs and numbers     follow from SAME_BITS_SEED, a text
 *   holes in files               are the zeros that they read as
 *
 * And it keeps mkfs.btrfs from enlarging the file system when the content might not fit, which it
 * judges by its size before compression.
 *
 * Compiled with tcc when the tools tree is made. 64-bit Linux with glibc only.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void settle(struct stat *status) {
  status->st_atim = status->st_mtim;
  status->st_ctim = status->st_mtim;
}

int fstatat(int directory, const char *path, struct stat *status, int flags) {
  static int (*real)(int, const char *, struct stat *, int);
  if (!real) real = dlsym(RTLD_NEXT, "fstatat");
  int result = real(directory, path, status, flags);
  if (result == 0) settle(status);
  return result;
}

int stat(const char *path, struct stat *status) { return fstatat(AT_FDCWD, path, status, 0); }

int lstat(const char *path, struct stat *status) {
  return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int fstat(int file, struct stat *status) { return fstatat(file, "", status, AT_EMPTY_PATH); }

/* As on a file system without holes. */
off_t lseek(int file, off_t offset, int whence) {
  static off_t (*real)(int, off_t, int);
  if (!real) real = dlsym(RTLD_NEXT, "lseek");
  if (whence == SEEK_DATA || whence == SEEK_HOLE) {
    errno = EINVAL;
    return -1;
  }
  return real(file, offset, whence);
}

/* What programs with 64-bit offsets call. */
off_t lseek64(int file, off_t offset, int whence) { return lseek(file, offset, whence); }

static time_t epoch(void) {
  const char *text = getenv("SOURCE_DATE_EPOCH");
  return text ? strtoll(text, NULL, 10) : 0;
}

time_t time(time_t *result) {
  if (result) *result = epoch();
  return epoch();
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
  (void)zone;
  result->tv_sec = epoch();
  result->tv_usec = 0;
  return 0;
}

/* splitmix64 (Steele, Lea, Flood 2014), started with the FNV-1a hash of the seed. */
static uint64_t next_number(void) {
  static uint64_t state;
  if (!state) {
    const char *seed = getenv("SAME_BITS_SEED");
    state = 0xcbf29ce484222325;
    for (; seed && *seed; seed++) state = (state ^ (unsigned char)*seed) * 0x100000001b3;
  }
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

long jrand48(unsigned short state[3]) {
  (void)state;
  return (int32_t)next_number();
}

/* A random UUID as RFC 9562 has it, version 4. */
void uuid_generate(unsigned char uuid[16]) {
  uint64_t numbers[2] = {next_number(), next_number()};
  memcpy(uuid, numbers, 16);
  uuid[6] = (uuid[6] & 0x0f) | 0x40;
  uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

static int by_bytes(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, without . and .. @return their number, or -1 */
static long sorted_names(const char *path, char ***names) {
  DIR *directory = opendir(path);
  if (!directory) return -1;
  long count = 0, room = 0;
  *names = NULL;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (count == room) {
      room = room ? 2 * room : 64;
      *names = realloc(*names, room * sizeof **names);
      if (!*names) abort();
    }
    if (!((*names)[count++] = strdup(entry->d_name))) abort();
  }
  closedir(directory);
  if (count) qsort(*names, count, sizeof **names, by_bytes);
  return count;
}

static int walk(char *path, struct FTW *place, __nftw_func_t visit) {
  struct stat status;
  if (lstat(path, &status)) return -1;
  int is_directory = S_ISDIR(status.st_mode);
  int kind = is_directory ? FTW_D : S_ISLNK(status.st_mode) ? FTW_SL : FTW_F;
  int result = visit(path, &status, kind, place);
  if (result || !is_directory) return result;
  char **names;
  long count = sorted_names(path, &names);
  if (count < 0) return -1;
  size_t length = strlen(path);
  struct FTW below = {.base = length + 1, .level = place->level + 1};
  for (long i = 0; i < count && !result; i++) {
    if (length + 1 + strlen(names[i]) >= PATH_MAX) {
      errno = ENAMETOOLONG;
      return -1;
    }
    path[length] = '/';
    strcpy(path + length + 1, names[i]);
    struct FTW here = below;
    result = walk(path, &here, visit);
    path[length] = '\0';
  }
  for (long i = 0; i < count; i++) free(names[i]);
  free(names);
  return result;
}

/* What mkfs.btrfs 6.14 asks for when it adds up the sizes (btrfs_mkfs_size_dir). */
#define DESCRIPTORS_OF_ESTIMATE 10

/* FTW_PHYS is the only flag mkfs.btrfs gives. */
int nftw(const char *path, __nftw_func_t visit, int descriptors, int flags) {
  if (descriptors == DESCRIPTORS_OF_ESTIMATE) return 0;
  if (flags != FTW_PHYS || strlen(path) >= PATH_MAX) {
    errno = EINVAL;
    return -1;
  }
  char buffer[PATH_MAX];
  strcpy(buffer, path);
  const char *slash = strrchr(buffer, '/');
  struct FTW place = {.base = slash && slash[1] ? (int)(slash + 1 - buffer) : 0, .level = 0};
  return walk(buffer, &place, visit);
}
