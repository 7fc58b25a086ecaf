#include <stdint.h>

/// Images by libvips, which is loaded when it is asked for: only the process that reads hostile bytes pays for it, and is
/// exposed to it.
enum parley_image_format { parley_image_jpeg, parley_image_png, parley_image_gif, parley_image_webp };

enum parley_image_outcome {
    parley_image_written,
    /// More pixels than allowed, in one picture or in all frames.
    parley_image_too_large,
    /// It can't be decoded whole.
    parley_image_malformed,
    /// The result could not be written.
    parley_image_failed,
};

struct parley_image_limits {
    /// Of one frame, and of all frames together.
    uint64_t pixels_max, pixels_in_all_max;
    /// The longer side of the small picture.
    int thumbnail_side;
};

/// Loads the library and leaves it four decoders, those of the formats above. Returns 0, or -1 where it is not there. Starts no
/// thread.
int parley_images_prepare(void);

/// Decodes an image and writes it anew in its own format, upright, without anything that it says about itself but its colour
/// profile and its animation; then a small picture of its first frame, as WebP. All three are open descriptors, the last two
/// empty files to read and write.
enum parley_image_outcome parley_images_rewrite(
    enum parley_image_format format, int from, int to, int thumbnail, const struct parley_image_limits *limits, int *width,
    int *height);
