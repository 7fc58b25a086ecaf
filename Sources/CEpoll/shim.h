// What Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// <fcntl.h> has these for GNU sources only, which Swift's module is not.
#ifndef SYNC_FILE_RANGE_WRITE
enum { SYNC_FILE_RANGE_WRITE = 2 };
int sync_file_range(int descriptor, __off64_t offset, __off64_t bytes, unsigned int flags);
#endif
