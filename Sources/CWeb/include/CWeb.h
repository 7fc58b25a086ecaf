#pragma once

#include <stddef.h>

/// A file of Sources/Web as it lies there.
struct parley_web_file {
    /// Where browsers find it.
    const char *path;
    const unsigned char *bytes;
    size_t count;
};

/// Every file that a gateway serves.
const struct parley_web_file *parley_web_files(size_t *count);
